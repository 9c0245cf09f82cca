import * as v from 'valibot';

/** A member of a group. Either address may be unknown: WhatsApp hides one of them in many groups. */
const MemberSchema = v.object({
  jid: v.nullable(v.string()),
  lid: v.nullable(v.string()),
  role: v.picklist(['member', 'admin', 'superadmin']),
});

/** What is known of a group. Times are epoch milliseconds. */
export const GroupSchema = v.object({
  jid: v.string(),
  subject: v.string(),
  description: v.nullable(v.string()),
  owner: v.nullable(v.string()),
  /** Only admins may send. */
  isAnnounce: v.boolean(),
  /** Only admins may change subject, picture and description. */
  isLocked: v.boolean(),
  createdAt: v.nullable(v.number()),
  members: v.array(MemberSchema),
});

export type Group = v.InferOutput<typeof GroupSchema>;

/** A group as stored, with when it was seen first and last. */
export const GroupRecordSchema = v.object({
  group: GroupSchema,
  firstSeenAt: v.number(),
  updatedAt: v.number(),
});

export type GroupRecord = v.InferOutput<typeof GroupRecordSchema>;

/**
 * The invite code of a bare code or a `https://chat.whatsapp.com/…` link; null when it is neither. WhatsApp's codes
 * have 22 characters today; shorter and longer ones are let through for it to judge.
 */
export function inviteCode(invite: string): string | null {
  const path = invite.trim().replace(/^(?:https?:\/\/)?chat\.whatsapp\.com\/(?:invite\/)?/i, '');
  const [code = ''] = path.split(/[?#]/, 1);
  return /^[A-Za-z0-9_-]{8,64}$/.test(code) ? code : null;
}
