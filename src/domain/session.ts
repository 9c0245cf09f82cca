import * as v from 'valibot';
import { OrganizationSchema, UlidSchema } from './id-schemas.ts';
import type { Known } from './known.ts';
import { RestrictionSchema } from './restriction.ts';

/** Identifies a session. One of another organization is indistinguishable from one that does not exist. */
export interface SessionAddress {
  organization: string;
  session: string;
}

/** The public statuses of a session. */
export const sessionStatuses = [
  'stopped',
  'connecting',
  'pairing',
  'connected',
  'rate_limited',
  'draining',
  'logged_out',
  'failed',
] as const;

export type SessionStatus = (typeof sessionStatuses)[number];

/** The statuses of an inactive session, the only ones that are stored. */
export const inactiveStatuses = ['stopped', 'logged_out', 'failed'] as const satisfies readonly SessionStatus[];

export type InactiveStatus = (typeof inactiveStatuses)[number];

/** The WhatsApp account that a session is linked to. `jid` and `lid` are without device. */
export const AccountSchema = v.looseObject({
  jid: v.string(),
  lid: v.nullable(v.string()),
  phone: v.string(),
});

export type Account = Known<v.InferOutput<typeof AccountSchema>>;

const LabelSchema = v.pipe(v.string(), v.trim(), v.maxLength(100, 'must be at most 100 characters'));

const count = (most: number) =>
  v.pipe(
    v.number('must be a number'),
    v.integer('must be a whole number'),
    v.minValue(1, 'must be at least 1'),
    v.maxValue(most, `must be at most ${most}`),
  );

/** What a caller may set on a session. */
export const SessionSettingsSchema = v.strictObject({
  label: v.nullable(LabelSchema),
  /** Mark incoming messages as read. */
  autoRead: v.boolean(),
  /** Show a typing indicator to the recipient while sending. */
  presenceTyping: v.boolean(),
  /** Sends per minute that are allowed on average. */
  ratePerMin: count(1_000),
  /** Sends that are allowed at once after an idle time. */
  rateBurst: count(1_000),
  ratePerHour: count(60_000),
});

export type SessionSettings = v.InferOutput<typeof SessionSettingsSchema>;

export const defaultSettings: SessionSettings = {
  label: null,
  autoRead: false,
  presenceTyping: false,
  ratePerMin: 20,
  rateBurst: 5,
  ratePerHour: 600,
};

/**
 * A session as stored: facts and intent, never the state of its machine.
 * `resting` is the desired state: null while the session should run, otherwise the inactive status, why and since when,
 * and when it reconnects by itself (`retryAt`; null or absent: only when it is started).
 * `account` is the number it is linked to; null before linking and after logging out. Times are epoch milliseconds.
 */
export const SessionRecordSchema = v.looseObject({
  id: UlidSchema,
  organization: OrganizationSchema,
  createdBy: v.string(),
  settings: v.looseObject(SessionSettingsSchema.entries),
  resting: v.nullable(
    v.looseObject({
      status: v.picklist(inactiveStatuses),
      reason: v.nullable(v.string()),
      since: v.number(),
      retryAt: v.optional(v.nullable(v.number())),
    }),
  ),
  account: v.nullable(AccountSchema),
  /** What WhatsApp last said about new chats; absent when it never did. */
  restrictions: v.optional(v.array(RestrictionSchema)),
  lastConnectedAt: v.nullable(v.number()),
  createdAt: v.number(),
  updatedAt: v.number(),
});

export type SessionRecord = Known<v.InferOutput<typeof SessionRecordSchema>>;

/** Whether a session must be "online" for the effects that its settings ask for; false for one that does not exist. */
export function isMeantToBeOnline(record: Pick<SessionRecord, 'settings'> | null): boolean {
  return record !== null && (record.settings.autoRead || record.settings.presenceTyping);
}

/**
 * The live side of a session. `since` and `nextAttemptAt` are epoch milliseconds; `reason` is a stable code such
 * as `connection_lost`, or null when there is nothing to explain.
 */
export interface SessionState {
  status: SessionStatus;
  since: number;
  reason: string | null;
  /** When the next connection attempt is due; null unless the session is waiting for one. */
  nextAttemptAt: number | null;
}

/** The state of an inactive session, as stored; one that should run counts as stopped until it does. */
export function inactiveState({ resting, updatedAt }: SessionRecord): SessionState {
  const { status, since, reason } = resting ?? { status: 'stopped' as const, since: updatedAt, reason: null };
  return { status, since, reason, nextAttemptAt: resting?.retryAt ?? null };
}
