import { createPublicKey, diffieHellman, generateKeyPairSync, hkdfSync, type KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { UnknownFormError } from '../unreadable-value.ts';
import { decrypt, type EncryptionKey, encrypt, encryptionKeyOf } from './cipher.ts';

/** An encrypted message: a byte for this format, the public key of its sender, and the encrypted value. */
const format = 1;
const keyBytes = 32;
const bodyAt = 1 + keyBytes;

/** Nodes whose shared keys are cached; others are derived again. */
const maxPeers = 1_000;

/**
 * Encrypts the messages of one process to others, and decrypts those to itself. Each two processes derive a key that
 * only they share from their key pairs (X25519, RFC 7748). A private key exists only in the memory of its process: a
 * message that was not read when its recipient ended can never be read.
 */
export class MailboxKeys {
  /** Lets others encrypt messages to this process; in base64url. */
  readonly publicKey: string;
  readonly #privateKey: KeyObject;
  readonly #shared = new LRUCache<string, EncryptionKey>({ max: maxPeers });

  constructor() {
    const { privateKey, publicKey } = generateKeyPairSync('x25519');
    this.#privateKey = privateKey;
    this.publicKey = rawOf(publicKey);
  }

  /** Encrypts a message to the process that has this public key. */
  encrypt(to: string, message: Uint8Array): Uint8Array {
    const sender = Buffer.from(this.publicKey, 'base64url');
    return Buffer.concat([Buffer.of(format), sender, encrypt(this.#sharedWith(to), contextOf(to), message)]);
  }

  /** Decrypts a message to this process. Throws an {@link UnknownFormError} for anything else. */
  decrypt(encrypted: Uint8Array): Uint8Array {
    const message = encrypted[0] === format ? this.#decrypt(encrypted) : null;
    if (message === null) throw new UnknownFormError('encrypted message of a node', {});
    return message;
  }

  #decrypt(encrypted: Uint8Array): Uint8Array | null {
    const sender = Buffer.from(encrypted.subarray(1, bodyAt)).toString('base64url');
    return decrypt(this.#sharedWith(sender), contextOf(this.publicKey), encrypted.subarray(bodyAt));
  }

  #sharedWith(other: string): EncryptionKey {
    const known = this.#shared.get(other);
    if (known !== undefined) return known;
    const shared = derived(this.#privateKey, other);
    this.#shared.set(other, shared);
    return shared;
  }
}

/** Names the recipient, so that a message cannot be sent back to its sender, who shares the same key. Wire format. */
function contextOf(to: string): string {
  return `letter ${to}`;
}

function derived(privateKey: KeyObject, other: string): EncryptionKey {
  try {
    const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: other }, format: 'jwk' });
    const secret = diffieHellman({ privateKey, publicKey });
    return encryptionKeyOf(new Uint8Array(hkdfSync('sha256', secret, '', 'troupe letters', keyBytes)));
  } catch (cause) {
    throw new UnknownFormError('public key of a node', { cause });
  }
}

function rawOf(publicKey: KeyObject): string {
  const { x } = publicKey.export({ format: 'jwk' });
  if (x === undefined) throw new Error('an X25519 key has no public part');
  return x;
}
