import { randomBytes } from 'node:crypto';
import { proto } from '@whiskeysockets/baileys';
import type { PublishedKeys } from '../accounts/companion.ts';
import type { Connection } from '../connection/connection.ts';
import { readNumber } from '../signal/key-bundle.ts';
import { typedKey, verify } from '../wire/keys.ts';

/** A client that waits to be linked. */
export interface PairingClient {
  readonly connection: Connection;
  readonly noiseKey: Buffer;
  readonly keys: PublishedKeys;
  /** The kind of device, a `DeviceProps.PlatformType`. */
  readonly platform: number;
  /** One-time references to this client in its QR codes. */
  readonly refs: readonly string[];
}

/** Baileys shows the first QR for 60 s and each of the others for 20 s, then gives up. */
const REF_COUNT = 6;

/** Reads a registration payload. Throws when keys are missing or the signature of the signed prekey is wrong. */
export function readPairingClient(
  connection: Connection,
  noiseKey: Buffer,
  payload: proto.ClientPayload,
): PairingClient {
  const data = payload.devicePairingData;
  const identity = keyBytes(data?.eIdent, 'identity key');
  const signedPreKey = {
    id: readNumber(keyBytes(data?.eSkeyId, 'signed prekey id')),
    public: keyBytes(data?.eSkeyVal, 'signed prekey'),
    signature: keyBytes(data?.eSkeySig, 'signed prekey signature'),
  };
  if (!verify(identity, typedKey(signedPreKey.public), signedPreKey.signature)) {
    throw new Error('the signed prekey of the registration is not signed by its identity key');
  }
  const registrationId = readNumber(keyBytes(data?.eRegid, 'registration id'));
  const refs = Array.from({ length: REF_COUNT }, () => `2@${randomBytes(48).toString('base64')}`);
  const platform = proto.DeviceProps.decode(data?.deviceProps ?? new Uint8Array()).platformType ?? 0;
  return { connection, noiseKey, keys: { registrationId, identity, signedPreKey }, platform, refs };
}

function keyBytes(data: Uint8Array | null | undefined, what: string): Buffer {
  if (data === null || data === undefined || data.length === 0) throw new Error(`the registration lacks its ${what}`);
  return Buffer.from(data);
}
