import * as v from 'valibot';
import { PasskeyOptionsSchema, passkeyStages } from '../../domain/passkey.ts';
import { SessionSettingsSchema, sessionStatuses } from '../../domain/session.ts';

const settings = SessionSettingsSchema.entries;
const time = v.pipe(v.number(), v.description('Epoch milliseconds'));

/** A session in the API. Times are epoch milliseconds; null means unknown. */
export const SessionSchema = v.strictObject({
  id: v.string(),
  organizationId: v.string(),
  createdByUserId: v.pipe(v.string(), v.description('The api key or the person that created the session')),
  label: settings.label,
  status: v.picklist(sessionStatuses),
  statusSince: time,
  reason: v.pipe(v.nullable(v.string()), v.description('Why the session has this status, as a stable code')),
  nextAttemptAt: v.pipe(
    v.nullable(time),
    v.description('When the session will try to connect again; epoch milliseconds'),
  ),
  restriction: v.pipe(
    v.nullable(v.strictObject({ kind: v.string(), until: v.nullable(time) })),
    v.description(
      'What WhatsApp restricts now: `new_chats` must not be begun, or their quota (`new_chat_quota`) is used up. `until`: null when unknown',
    ),
  ),
  nodeId: v.pipe(v.nullable(v.string()), v.description('The node that runs the session; null while none does')),
  phoneNumber: v.nullable(v.string()),
  waJid: v.nullable(v.string()),
  waLid: v.nullable(v.string()),
  autoRead: settings.autoRead,
  presenceTyping: settings.presenceTyping,
  ratePerMin: settings.ratePerMin,
  rateBurst: settings.rateBurst,
  ratePerHour: settings.ratePerHour,
  queued: v.pipe(v.number(), v.description('The number of queued sends')),
  tokens: v.pipe(
    v.number(),
    v.description('How many sends the rate limit allows now; the fraction is the progress toward the next one'),
  ),
  lastConnectedAt: v.nullable(time),
  createdAt: time,
  updatedAt: time,
});

/** A code that links a phone, to be scanned or typed, valid until `expiresAt` in epoch milliseconds. */
export const LinkCodeSchema = v.strictObject({ code: v.string(), expiresAt: time });

/** The proof of a passkey that a session waits for. */
export const PasskeyAnswerSchema = v.strictObject({
  stage: v.pipe(
    v.picklist(passkeyStages),
    v.description(
      '`assertion`: sign the challenge; `waiting`: nothing to do; `confirmation`: compare the code, and confirm',
    ),
  ),
  publicKey: v.pipe(
    v.nullable(PasskeyOptionsSchema),
    v.description('For `PublicKeyCredential.parseRequestOptionsFromJSON`, at the stage `assertion`'),
  ),
  code: v.pipe(
    v.nullable(v.string()),
    v.description('Has to be the one that the phone shows, at the stage `confirmation`'),
  ),
  expiresAt: time,
});
