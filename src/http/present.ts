import * as v from 'valibot';
import type { LinkCode, SessionView } from '../actors/registry.ts';
import { SessionSettingsSchema, sessionStatuses } from '../domain/session.ts';

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
  lastConnectedAt: v.nullable(time),
  createdAt: time,
  updatedAt: time,
});

/** A code that links a phone, to be scanned or typed, until `expiresAt` in epoch milliseconds. */
export const LinkCodeSchema = v.strictObject({ code: v.string(), expiresAt: time });

export function presentSession({ record, state, nodeId }: SessionView): v.InferOutput<typeof SessionSchema> {
  return {
    id: record.id,
    organizationId: record.organization,
    createdByUserId: record.createdBy,
    label: record.settings.label,
    status: state.status,
    statusSince: state.since,
    reason: state.reason,
    nextAttemptAt: state.nextAttemptAt,
    nodeId,
    phoneNumber: record.account?.phone ?? null,
    waJid: record.account?.jid ?? null,
    waLid: record.account?.lid ?? null,
    autoRead: record.settings.autoRead,
    presenceTyping: record.settings.presenceTyping,
    ratePerMin: record.settings.ratePerMin,
    rateBurst: record.settings.rateBurst,
    ratePerHour: record.settings.ratePerHour,
    lastConnectedAt: record.lastConnectedAt,
    createdAt: record.createdAt,
    updatedAt: record.updatedAt,
  };
}

export function presentQr({ code, expiresAt }: LinkCode): v.InferOutput<typeof LinkCodeSchema> {
  return { code, expiresAt };
}

/** The eight characters in two groups, as WhatsApp asks for them on the phone: `ABCD-1234`. */
export function presentPairingCode({ code, expiresAt }: LinkCode): v.InferOutput<typeof LinkCodeSchema> {
  return { code: `${code.slice(0, 4)}-${code.slice(4)}`, expiresAt };
}
