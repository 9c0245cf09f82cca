import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createSecretKey,
  type KeyObject,
  randomFillSync,
} from 'node:crypto';

/**
 * An encrypted value: a byte for this format, the id of the key (8 bytes), a random nonce (12), the ciphertext, and the
 * tag (16), by AES-256-GCM (NIST SP 800-38D). The context, which names the value's place, is authenticated, not stored.
 */
const format = 1;
const idBytes = 8;
const nonceBytes = 12;
const tagBytes = 16;
const nonceAt = 1 + idBytes;
const bodyAt = nonceAt + nonceBytes;

const algorithm = 'aes-256-gcm';

export interface EncryptionKey {
  /** Names the key in what it has encrypted and reveals nothing about it: the beginning of a hash, in hex. */
  id: string;
  /** A key object, not bytes: it costs a third as much, and never shows in a log. */
  secret: KeyObject;
}

/** An encryption key from a secret of 256 bits. */
export function encryptionKey(secret: KeyObject): EncryptionKey {
  const id = createHash('sha256')
    .update('troupe key id')
    .update(secret.export())
    .digest('hex')
    .slice(0, idBytes * 2);
  return { id, secret };
}

/** The same from bytes. */
export function encryptionKeyOf(bytes: Uint8Array): EncryptionKey {
  return encryptionKey(createSecretKey(bytes));
}

// Random bytes are drawn many at a time: drawing twelve costs nearly as much as encrypting.
const nonces = Buffer.alloc(nonceBytes * 512);
let nextNonceAt = nonces.length;

/** Twelve random bytes, used once; the array is valid until the next call. */
function nextNonce(): Uint8Array {
  if (nextNonceAt === nonces.length) {
    randomFillSync(nonces);
    nextNonceAt = 0;
  }
  nextNonceAt += nonceBytes;
  return nonces.subarray(nextNonceAt - nonceBytes, nextNonceAt);
}

export function encrypt({ id, secret }: EncryptionKey, context: string, value: Uint8Array): Uint8Array {
  const encrypted = Buffer.allocUnsafe(bodyAt + value.length + tagBytes);
  encrypted[0] = format;
  encrypted.write(id, 1, 'hex');
  const nonce = encrypted.subarray(nonceAt, bodyAt);
  nonce.set(nextNonce());
  const cipher = createCipheriv(algorithm, secret, nonce);
  cipher.setAAD(additionalData(context));
  encrypted.set(cipher.update(value), bodyAt);
  cipher.final();
  encrypted.set(cipher.getAuthTag(), bodyAt + value.length);
  return encrypted;
}

/** The value that was encrypted with this key in this context; null for anything else. */
export function decrypt({ id, secret }: EncryptionKey, context: string, encrypted: Uint8Array): Uint8Array | null {
  if (encrypted[0] !== format || keyIdOf(encrypted) !== id) return null;
  const tagAt = encrypted.length - tagBytes;
  const decipher = createDecipheriv(algorithm, secret, encrypted.subarray(nonceAt, bodyAt), {
    authTagLength: tagBytes,
  });
  decipher.setAAD(additionalData(context));
  decipher.setAuthTag(encrypted.subarray(tagAt));
  const value = decipher.update(encrypted.subarray(bodyAt, tagAt));
  return isAuthentic(() => decipher.final()) ? new Uint8Array(value.buffer, value.byteOffset, value.length) : null;
}

/** The id of the key that an encrypted value names; null when it is too short to be one. */
export function keyIdOf(encrypted: Uint8Array): string | null {
  if (encrypted.length < bodyAt + tagBytes) return null;
  return Buffer.from(encrypted.buffer, encrypted.byteOffset + 1, idBytes).toString('hex');
}

function additionalData(context: string): Buffer {
  return Buffer.from(`troupe ${format} ${context}`);
}

/** Node throws from `final` only when the tag does not match. */
function isAuthentic(finish: () => unknown): boolean {
  try {
    finish();
    return true;
  } catch {
    return false;
  }
}
