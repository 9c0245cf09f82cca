import { createCipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { type AuthenticationCreds, Curve, type KeyPair, proto } from '@whiskeysockets/baileys';

/** The length of all keys, nonces and secrets here, in bytes. */
export const secretBytes = 32;

const ivBytes = 12;
const codeBytes = 5;
const alphabet = '123456789ABCDEFGHJKLMNPQRSTVWXYZ';

/** The kind of device that Baileys registers for our `browser`. */
const deviceType = proto.DeviceProps.PlatformType.CHROME;

/** The phone's part of the exchange. */
export interface PrimaryIdentity {
  publicKey: Uint8Array;
  nonce: Uint8Array;
}

/** What this device commits itself to when it sends the assertion. */
export interface Exchange {
  keys: KeyPair;
  nonce: Buffer;
  ref: string;
  /** The encoded `ProloguePayload`. */
  payload: Uint8Array;
}

/** @param ref WhatsApp's reference to this attempt */
export function beginExchange(ref: string): Exchange {
  const keys = Curve.generateKeyPair();
  const nonce = randomBytes(secretBytes);
  const identity = proto.CompanionEphemeralIdentity.encode({ publicKey: keys.public, deviceType, ref }).finish();
  const hash = sha256(identity, nonce);
  const prologue = { companionEphemeralIdentity: identity, commitment: { hash } };
  return { keys, nonce, ref, payload: proto.ProloguePayload.encode(prologue).finish() };
}

/** Proves to the phone that this device is the one whose code it accepted; `advSecretKey` is that of the code, in base64. */
export function handoffProof(advSecretKey: string, payload: Uint8Array): Buffer {
  const secret = Buffer.from(advSecretKey, 'base64');
  const info = 'shortcake-passkey-handoff-v1';
  const key = Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), info, secretBytes));
  return createHmac('sha256', key).update(payload).digest();
}

/** The phone's part, from its encoded form; null when it is not whole. */
export function primaryIdentityOf(encoded: Uint8Array): PrimaryIdentity | null {
  const { publicKey, nonce } = proto.PrimaryEphemeralIdentity.decode(encoded);
  if (publicKey?.length !== secretBytes || nonce?.length !== secretBytes) return null;
  return { publicKey, nonce };
}

/** The eight characters that the phone shows, too, unless somebody is between the two. */
export function verificationCode({ nonce }: Exchange, primary: PrimaryIdentity): string {
  const digest = sha256(nonce, primary.publicKey);
  const bits = Array.from(primary.nonce.subarray(0, codeBytes), (byte, index) =>
    (byte ^ digest.readUInt8(index)).toString(2).padStart(8, '0'),
  ).join('');
  return Array.from(bits.matchAll(/[01]{5}/g), ([five]) => alphabet.charAt(Number.parseInt(five, 2))).join('');
}

/** The keys of this device and a new secret for the phone's signature (32 bytes), which only the phone can read. */
export function sealPairingRequest(
  { keys, ref }: Exchange,
  { publicKey }: PrimaryIdentity,
  creds: AuthenticationCreds,
  advSecret: Buffer,
): Uint8Array {
  const request = proto.PairingRequest.encode({
    companionPublicKey: creds.noiseKey.public,
    companionIdentityKey: creds.signedIdentityKey.public,
    advSecret,
  }).finish();
  const shared = Curve.sharedKey(keys.private, publicKey);
  const salt = `Companion Pairing ${deviceType} with ref ${ref}`;
  const key = Buffer.from(hkdfSync('sha256', shared, salt, 'Pairing Information Encryption Key', secretBytes));
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  const encryptedPayload = Buffer.concat([cipher.update(request), cipher.final(), cipher.getAuthTag()]);
  return proto.EncryptedPairingRequest.encode({ encryptedPayload, iv }).finish();
}

function sha256(...parts: readonly Uint8Array[]): Buffer {
  return createHash('sha256').update(Buffer.concat(parts)).digest();
}
