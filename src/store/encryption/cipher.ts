import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createSecretKey,
  type KeyObject,
  randomFillSync,
} from 'node:crypto';

/**
 * A sealed value: a byte for this format, the id of the key (8 bytes), a random nonce (12), the ciphertext, and the
 * tag (16), by AES-256-GCM (NIST SP 800-38D). The context, what the value is of, is authenticated and not stored.
 */
const format = 1;
const idBytes = 8;
const nonceBytes = 12;
const tagBytes = 16;
const nonceAt = 1 + idBytes;
const bodyAt = nonceAt + nonceBytes;

const algorithm = 'aes-256-gcm';

export interface EncryptionKey {
  /** Names the key in what it has sealed, and tells nothing about it: the beginning of a hash, in hex. */
  id: string;
  /** A key object, not bytes: it is a third of the cost, and never shows in a log. */
  secret: KeyObject;
}

/** A key of 256 bits to seal with. */
export function encryptionKey(secret: KeyObject): EncryptionKey {
  const id = createHash('sha256')
    .update('troupe key id')
    .update(secret.export())
    .digest('hex')
    .slice(0, idBytes * 2);
  return { id, secret };
}

/** The same of its bytes. */
export function encryptionKeyOf(bytes: Uint8Array): EncryptionKey {
  return encryptionKey(createSecretKey(bytes));
}

// Random bytes are made many at a time: asking for twelve costs nearly as much as sealing with them.
const nonces = Buffer.alloc(nonceBytes * 512);
let nextNonceAt = nonces.length;

/** Twelve random bytes that were never given out before; valid until the next call. */
function nextNonce(): Uint8Array {
  if (nextNonceAt === nonces.length) {
    randomFillSync(nonces);
    nextNonceAt = 0;
  }
  nextNonceAt += nonceBytes;
  return nonces.subarray(nextNonceAt - nonceBytes, nextNonceAt);
}

export function encrypt({ id, secret }: EncryptionKey, context: string, value: Uint8Array): Uint8Array {
  const sealed = Buffer.allocUnsafe(bodyAt + value.length + tagBytes);
  sealed[0] = format;
  sealed.write(id, 1, 'hex');
  const nonce = sealed.subarray(nonceAt, bodyAt);
  nonce.set(nextNonce());
  const cipher = createCipheriv(algorithm, secret, nonce);
  cipher.setAAD(additionalData(context));
  sealed.set(cipher.update(value), bodyAt);
  cipher.final();
  sealed.set(cipher.getAuthTag(), bodyAt + value.length);
  return sealed;
}

/** What was sealed with this key in this context; null for anything else. */
export function decrypt({ id, secret }: EncryptionKey, context: string, sealed: Uint8Array): Uint8Array | null {
  if (sealed[0] !== format || keyIdOf(sealed) !== id) return null;
  const tagAt = sealed.length - tagBytes;
  const decipher = createDecipheriv(algorithm, secret, sealed.subarray(nonceAt, bodyAt), { authTagLength: tagBytes });
  decipher.setAAD(additionalData(context));
  decipher.setAuthTag(sealed.subarray(tagAt));
  const value = decipher.update(sealed.subarray(bodyAt, tagAt));
  return isAuthentic(() => decipher.final()) ? new Uint8Array(value.buffer, value.byteOffset, value.length) : null;
}

/** The id of the key that a value says it was sealed with; null when it is too short to be a sealed value. */
export function keyIdOf(sealed: Uint8Array): string | null {
  if (sealed.length < bodyAt + tagBytes) return null;
  return Buffer.from(sealed.buffer, sealed.byteOffset + 1, idBytes).toString('hex');
}

function additionalData(context: string): Buffer {
  return Buffer.from(`troupe ${format} ${context}`);
}

/** At the end of decryption Node throws when the tag does not fit, and for nothing else. */
function isAuthentic(finish: () => unknown): boolean {
  try {
    finish();
    return true;
  } catch {
    return false;
  }
}
