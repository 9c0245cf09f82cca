import { proto } from '@whiskeysockets/baileys';
import { badRequest } from './refusal.ts';

/** The length of the keys, nonces, hashes and secrets in these messages. */
export const SECRET_BYTES = 32;

/** What the client sends with its assertion. */
export interface Prologue {
  /** The encoded `CompanionEphemeralIdentity`, which the commitment covers. */
  readonly identity: Buffer;
  readonly publicKey: Buffer;
  readonly commitment: Buffer;
  readonly ref: string;
  readonly platform: number;
}

/** Throws a `PasskeyRefusal` when something is missing or has a wrong length, like the other functions here. */
export function readPrologue(payload: Uint8Array): Prologue {
  const { companionEphemeralIdentity, commitment } = proto.ProloguePayload.decode(payload);
  const { publicKey, ref, deviceType } = proto.CompanionEphemeralIdentity.decode(
    companionEphemeralIdentity ?? new Uint8Array(),
  );
  return {
    identity: Buffer.from(companionEphemeralIdentity ?? []),
    publicKey: secretOf(publicKey),
    commitment: secretOf(commitment?.hash),
    ref: ref ?? '',
    platform: deviceType ?? 0,
  };
}

/** The keys of the client, and the secret with which the phone signs its identity. */
export function readPairingRequest(request: Uint8Array): { noiseKey: Buffer; identity: Buffer; advSecret: Buffer } {
  const { companionPublicKey, companionIdentityKey, advSecret } = proto.PairingRequest.decode(request);
  return {
    noiseKey: secretOf(companionPublicKey),
    identity: secretOf(companionIdentityKey),
    advSecret: secretOf(advSecret),
  };
}

function secretOf(data: Uint8Array | null | undefined): Buffer {
  if (data?.length !== SECRET_BYTES) throw badRequest();
  return Buffer.from(data);
}
