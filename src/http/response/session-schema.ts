import * as v from 'valibot';
import { SessionSettingsSchema, sessionStatuses } from '../../domain/session.ts';

const settings = SessionSettingsSchema.entries;
const time = v.pipe(v.number(), v.description('Epoch milliseconds'));

/** A session as the API shows it. Times are epoch milliseconds; null where nothing is known. */
export const SessionSchema = v.strictObject({
  id: v.string(),
  organizationId: v.string(),
  createdByUserId: v.pipe(v.string(), v.description('The api key or the person that created it')),
  label: settings.label,
  status: v.picklist(sessionStatuses),
  statusSince: time,
  reason: v.pipe(v.nullable(v.string()), v.description('Why it has this status, as a stable code')),
  nextAttemptAt: v.pipe(
    v.nullable(time),
    v.description('When it tries to connect again by itself; epoch milliseconds'),
  ),
  nodeId: v.pipe(v.nullable(v.string()), v.description('The node that has it; null while it is on its way to one')),
  phoneNumber: v.nullable(v.string()),
  waJid: v.nullable(v.string()),
  waLid: v.nullable(v.string()),
  autoRead: settings.autoRead,
  presenceTyping: settings.presenceTyping,
  ratePerMin: settings.ratePerMin,
  rateBurst: settings.rateBurst,
  ratePerHour: settings.ratePerHour,
  queued: v.pipe(v.number(), v.description('How many sends wait in its queue')),
  tokens: v.pipe(
    v.number(),
    v.description('How many sends the rate limit allows at once now; a fraction is on its way to the next one'),
  ),
  lastConnectedAt: v.nullable(time),
  createdAt: time,
  updatedAt: time,
});

/** A code that links a phone, to be scanned or typed, until `expiresAt` in epoch milliseconds. */
export const LinkCodeSchema = v.strictObject({ code: v.string(), expiresAt: time });
