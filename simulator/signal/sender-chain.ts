import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';

/** The key and the initialisation vector for one message. */
interface MessageKey {
  readonly key: Buffer;
  readonly iv: Buffer;
}

const MESSAGE_SEED = Buffer.from([1]);
const CHAIN_SEED = Buffer.from([2]);
const IV_BYTES = 16;
const MESSAGE_KEY_BYTES = 48;
const CIPHER = 'aes-256-cbc';

/** A chain of keys, one for each message to a group; each key yields all later ones. */
export class SenderChain {
  #iteration: number;
  #key: Buffer;

  constructor(iteration: number, key: Buffer) {
    this.#iteration = iteration;
    this.#key = key;
  }

  /** The number of messages so far, which is the iteration of the next one. */
  get iteration(): number {
    return this.#iteration;
  }

  /** The chain key that a member needs to derive all later keys. */
  get key(): Buffer {
    return this.#key;
  }

  state(): { iteration: number; key: Buffer } {
    return { iteration: this.#iteration, key: this.#key };
  }

  /** Returns the seed of the next message's key and advances the chain. */
  step(): Buffer {
    const seed = hmac(this.#key, MESSAGE_SEED);
    this.#key = hmac(this.#key, CHAIN_SEED);
    this.#iteration += 1;
    return seed;
  }
}

export function encryptWith(seed: Buffer, plaintext: Uint8Array): Buffer {
  const { key, iv } = messageKey(seed);
  const cipher = createCipheriv(CIPHER, key, iv);
  return Buffer.concat([cipher.update(plaintext), cipher.final()]);
}

/** Throws when the ciphertext was made with another key. */
export function decryptWith(seed: Buffer, ciphertext: Uint8Array): Buffer {
  const { key, iv } = messageKey(seed);
  const decipher = createDecipheriv(CIPHER, key, iv);
  return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
}

function messageKey(seed: Buffer): MessageKey {
  const derived = Buffer.from(hkdfSync('sha256', seed, Buffer.alloc(32), 'WhisperGroup', MESSAGE_KEY_BYTES));
  return { iv: derived.subarray(0, IV_BYTES), key: derived.subarray(IV_BYTES) };
}

function hmac(key: Buffer, data: Buffer): Buffer {
  return createHmac('sha256', key).update(data).digest();
}
