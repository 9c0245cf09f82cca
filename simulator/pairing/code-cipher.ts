import { createCipheriv, createDecipheriv, hkdfSync, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { agree, type KeyPair } from '../wire/keys.ts';

const SALT_BYTES = 32;
const CTR_IV_BYTES = 16;
const GCM_IV_BYTES = 12;
const GCM_TAG_BYTES = 16;
const KEY_BYTES = 32;
/** The rounds of Baileys for an eight-character code (`derivePairingCodeKey`). */
const PBKDF2_ROUNDS = 131_072;
const BUNDLE_INFO = 'link_code_pairing_key_bundle_encryption_key';

const deriveKey = promisify(pbkdf2);

/** The result of the key exchange between companion and phone. */
export interface KeyBundleProof {
  readonly companionIdentity: Buffer;
  /** Shared by companion and phone, in place of the secret in a QR code. */
  readonly advSecret: Buffer;
}

/** Encrypts an ephemeral public key with the code: salt, iv, AES-256-CTR. */
export async function wrapKey(code: string, publicKey: Buffer): Promise<Buffer> {
  const salt = randomBytes(SALT_BYTES);
  const iv = randomBytes(CTR_IV_BYTES);
  const cipher = createCipheriv('aes-256-ctr', await codeKey(code, salt), iv);
  return Buffer.concat([salt, iv, cipher.update(publicKey), cipher.final()]);
}

/** The reverse of `wrapKey`. A wrong code yields a wrong key, which is detected only later. */
export async function unwrapKey(code: string, wrapped: Buffer): Promise<Buffer> {
  const salt = wrapped.subarray(0, SALT_BYTES);
  const iv = wrapped.subarray(SALT_BYTES, SALT_BYTES + CTR_IV_BYTES);
  const decipher = createDecipheriv('aes-256-ctr', await codeKey(code, salt), iv);
  return Buffer.concat([decipher.update(wrapped.subarray(SALT_BYTES + CTR_IV_BYTES)), decipher.final()]);
}

/**
 * Decrypts the companion's answer: its identity, the phone's identity and a random number, encrypted with the ephemeral
 * secret. Throws when that secret differs, because the code was wrong, or when the answer is for another phone.
 */
export function decryptKeyBundle(bundle: Buffer, ephemeralSecret: Buffer, phone: KeyPair): KeyBundleProof {
  const salt = bundle.subarray(0, SALT_BYTES);
  const iv = bundle.subarray(SALT_BYTES, SALT_BYTES + GCM_IV_BYTES);
  const ciphertext = bundle.subarray(SALT_BYTES + GCM_IV_BYTES);
  const key = Buffer.from(hkdfSync('sha256', ephemeralSecret, salt, BUNDLE_INFO, KEY_BYTES));
  const plaintext = decryptGcm(key, iv, ciphertext);
  const [companionIdentity, phoneIdentity, random] = [0, 1, 2].map((part) =>
    plaintext.subarray(part * KEY_BYTES, (part + 1) * KEY_BYTES),
  );
  if (companionIdentity === undefined || random === undefined || phoneIdentity?.equals(phone.public) !== true) {
    throw new Error('the key bundle is for another phone');
  }
  const identitySecret = agree(phone.private, companionIdentity);
  const secrets = Buffer.concat([ephemeralSecret, identitySecret, random]);
  const advSecret = Buffer.from(hkdfSync('sha256', secrets, Buffer.alloc(0), 'adv_secret', KEY_BYTES));
  return { companionIdentity, advSecret };
}

function codeKey(code: string, salt: Buffer): Promise<Buffer> {
  return deriveKey(code, salt, PBKDF2_ROUNDS, KEY_BYTES, 'sha256');
}

function decryptGcm(key: Buffer, iv: Buffer, ciphertext: Buffer): Buffer {
  const end = ciphertext.length - GCM_TAG_BYTES;
  const decipher = createDecipheriv('aes-256-gcm', key, iv);
  decipher.setAuthTag(ciphertext.subarray(end));
  return Buffer.concat([decipher.update(ciphertext.subarray(0, end)), decipher.final()]);
}
