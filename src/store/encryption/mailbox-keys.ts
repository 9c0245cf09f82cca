import { createPublicKey, diffieHellman, generateKeyPairSync, hkdfSync, type KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { UnknownFormError } from '../unreadable-value.ts';
import { decrypt, type EncryptionKey, encrypt, encryptionKeyOf } from './cipher.ts';

/** A sealed letter: a byte for this format, the public key of its sender, and the sealed value. */
const format = 1;
const keyBytes = 32;
const bodyAt = 1 + keyBytes;

/** Nodes whose shared keys are kept. One that is not is derived again. */
const maxPeers = 1_000;

/**
 * The keys with which one process seals letters to others, and opens those to itself. Each two processes derive a key
 * that only they share from their key pairs (X25519, RFC 7748). A private key is nowhere but in the memory of its
 * process: a letter that was not read when its addressee ended can be read by nobody.
 */
export class MailboxKeys {
  /** What others need to seal letters to this process, in base64url. */
  readonly publicKey: string;
  readonly #privateKey: KeyObject;
  readonly #shared = new LRUCache<string, EncryptionKey>({ max: maxPeers });

  constructor() {
    const { privateKey, publicKey } = generateKeyPairSync('x25519');
    this.#privateKey = privateKey;
    this.publicKey = rawOf(publicKey);
  }

  /** Seals a letter to the process that has this public key. */
  seal(to: string, letter: Uint8Array): Uint8Array {
    const sender = Buffer.from(this.publicKey, 'base64url');
    return Buffer.concat([Buffer.of(format), sender, encrypt(this.#sharedWith(to), contextOf(to), letter)]);
  }

  /** Opens a letter to this process. Throws a {@link UnknownFormError} for one that is to another, or no such letter. */
  open(sealed: Uint8Array): Uint8Array {
    const letter = sealed[0] === format ? this.#open(sealed) : null;
    if (letter === null) throw new UnknownFormError('sealed letter', {});
    return letter;
  }

  #open(sealed: Uint8Array): Uint8Array | null {
    const sender = Buffer.from(sealed.subarray(1, bodyAt)).toString('base64url');
    return decrypt(this.#sharedWith(sender), contextOf(this.publicKey), sealed.subarray(bodyAt));
  }

  #sharedWith(other: string): EncryptionKey {
    const known = this.#shared.get(other);
    if (known !== undefined) return known;
    const shared = derived(this.#privateKey, other);
    this.#shared.set(other, shared);
    return shared;
  }
}

/** A letter says to whom it is, so that it cannot be turned back on its sender, who shares the same key. */
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
