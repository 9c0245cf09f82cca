import * as v from 'valibot';
import { type GroupRecord, GroupSchema as StoredGroupSchema } from '../../domain/group.ts';

const stored = StoredGroupSchema.entries;

/** A group in the API. Times are epoch milliseconds; null means unknown. */
export const GroupSchema = v.strictObject({
  groupJid: v.string(),
  subject: v.string(),
  description: v.nullable(v.string()),
  ownerJid: v.nullable(v.string()),
  participantCount: v.number(),
  isAnnounce: v.boolean(),
  isLocked: v.boolean(),
  createdAtWa: v.nullable(v.number()),
  firstSeenAt: v.number(),
  updatedAt: v.number(),
});

/** A member of a group; either of the two addresses may be unknown. */
export const GroupMemberSchema = v.strictObject(stored.members.item.entries);

export function presentGroup({ group, firstSeenAt, updatedAt }: GroupRecord): v.InferOutput<typeof GroupSchema> {
  return {
    groupJid: group.jid,
    subject: group.subject,
    description: group.description,
    ownerJid: group.owner,
    participantCount: group.members.length,
    isAnnounce: group.isAnnounce,
    isLocked: group.isLocked,
    createdAtWa: group.createdAt,
    firstSeenAt,
    updatedAt,
  };
}
