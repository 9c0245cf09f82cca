import * as v from 'valibot';
import { timeOfUlid } from '../../../domain/ids.ts';
import {
  defaultSettings,
  type SessionAddress,
  type SessionRecord,
  SessionRecordSchema,
} from '../../../domain/session.ts';
import { jsonCodec } from '../codec.ts';

const { settings, ...record } = SessionRecordSchema.entries;
const setting = settings.entries;

/** The readable part of a session's record of any form. */
const SalvagedSchema = v.object({
  createdBy: v.fallback(record.createdBy, ''),
  settings: v.fallback(
    v.object({
      label: v.fallback(setting.label, defaultSettings.label),
      autoRead: v.fallback(setting.autoRead, defaultSettings.autoRead),
      presenceTyping: v.fallback(setting.presenceTyping, defaultSettings.presenceTyping),
      ratePerMin: v.fallback(setting.ratePerMin, defaultSettings.ratePerMin),
      rateBurst: v.fallback(setting.rateBurst, defaultSettings.rateBurst),
      ratePerHour: v.fallback(setting.ratePerHour, defaultSettings.ratePerHour),
    }),
    defaultSettings,
  ),
  account: v.fallback(record.account, null),
  lastConnectedAt: v.fallback(record.lastConnectedAt, null),
  createdAt: v.fallback(v.nullable(record.createdAt), null),
  updatedAt: v.fallback(v.nullable(record.updatedAt), null),
});

const codec = jsonCodec('session of a newer release', SalvagedSchema);

/**
 * A session whose record has a form that this release does not know, to be shown and never stored: it is inactive here,
 * and its reason says so. Throws an `UnknownFormError` when nothing of it can be read.
 */
export function salvagedSession({ organization, session: id }: SessionAddress, value: Uint8Array): SessionRecord {
  const { createdAt, updatedAt, ...known } = codec.decode(value);
  const created = createdAt ?? timeOfUlid(id);
  const since = updatedAt ?? created;
  const resting = { status: 'failed', reason: 'record_unreadable', since } as const;
  return { ...known, id, organization, resting, createdAt: created, updatedAt: since };
}
