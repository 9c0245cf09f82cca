import type * as v from 'valibot';
import type { LinkCode, SessionLoad, SessionView } from '../../actors/api/session-service.ts';
import { displayedCode, type Passkey } from '../../domain/passkey.ts';
import type { LinkCodeSchema, PasskeyAnswerSchema, SessionSchema } from './session-schema.ts';

export function presentSession(
  { record, state, nodeId }: SessionView,
  { queued, tokens, restriction }: SessionLoad,
): v.InferOutput<typeof SessionSchema> {
  return {
    id: record.id,
    organizationId: record.organization,
    createdByUserId: record.createdBy,
    label: record.settings.label,
    status: state.status,
    statusSince: state.since,
    reason: state.reason,
    nextAttemptAt: state.nextAttemptAt,
    restriction: restriction === null ? null : { kind: restriction.kind, until: restriction.until },
    nodeId,
    phoneNumber: record.account?.phone ?? null,
    waJid: record.account?.jid ?? null,
    waLid: record.account?.lid ?? null,
    autoRead: record.settings.autoRead,
    presenceTyping: record.settings.presenceTyping,
    ratePerMin: record.settings.ratePerMin,
    rateBurst: record.settings.rateBurst,
    ratePerHour: record.settings.ratePerHour,
    queued,
    tokens: Math.round(tokens * 100) / 100,
    lastConnectedAt: record.lastConnectedAt,
    createdAt: record.createdAt,
    updatedAt: record.updatedAt,
  };
}

export function presentQr({ code, expiresAt }: LinkCode): v.InferOutput<typeof LinkCodeSchema> {
  return { code, expiresAt };
}

/** The eight characters in two groups, as WhatsApp shows the input on the phone: `ABCD-1234`. */
export function presentPairingCode({ code, expiresAt }: LinkCode): v.InferOutput<typeof LinkCodeSchema> {
  return { code: `${code.slice(0, 4)}-${code.slice(4)}`, expiresAt };
}

export function presentPasskey({
  stage,
  options,
  code,
  expiresAt,
}: Passkey): v.InferOutput<typeof PasskeyAnswerSchema> {
  const publicKey = stage === 'assertion' ? options : null;
  return { stage, publicKey, code: code === null ? null : displayedCode(code), expiresAt };
}
