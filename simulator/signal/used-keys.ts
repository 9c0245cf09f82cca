import { createHash } from 'node:crypto';
import { proto } from '@whiskeysockets/baileys';
import { entriesOf, type LruMap, lruMap } from '../lru-map.ts';
import type { Ciphertext } from './ciphertext.ts';
import { readSenderKeyMessage } from './sender-key.ts';

/** Beyond this many message keys the oldest are dropped, and their reuse is not detected. */
const LARGEST_COUNT = 100_000;
/** A serialised session message begins with a version byte and ends with a MAC of 8 bytes. */
const VERSION_BYTES = 1;
const MAC_BYTES = 8;

/** Which key of which chain a ciphertext was made with. */
export interface MessageKeyName {
  /** For a session the sender's ratchet key in hex, for a group the id of the sender key. */
  readonly chain: string;
  /** Counts from 0 within the chain. */
  readonly counter: number;
}

/** Reads the unencrypted header. Throws when the ciphertext is not a Signal message. */
export function messageKeyName({ type, ciphertext }: Ciphertext): MessageKeyName {
  if (type === 'skmsg') {
    const { keyId, iteration } = readSenderKeyMessage(ciphertext);
    return { chain: String(keyId), counter: iteration };
  }
  const inner = type === 'pkmsg' ? sessionMessageIn(ciphertext) : ciphertext;
  const { ratchetKey, counter } = proto.SignalMessage.decode(inner.subarray(VERSION_BYTES, -MAC_BYTES));
  return { chain: Buffer.from(ratchetKey ?? []).toString('hex'), counter: counter ?? 0 };
}

/** The message keys that clients have used; each must encrypt only one plaintext. */
export class UsedKeys {
  readonly #uses: LruMap<string>;

  /** @param uses what `state` returned earlier */
  constructor(uses: Iterable<readonly [string, string]> = []) {
    this.#uses = lruMap(LARGEST_COUNT, uses);
  }

  state(): [string, string][] {
    return entriesOf(this.#uses);
  }

  /**
   * Records the use of a key. Returns whether the key was used before for another ciphertext; the same ciphertext again
   * is no reuse.
   * @param pair sender and recipient
   */
  use(pair: string, { chain, counter }: MessageKeyName, ciphertext: Buffer): boolean {
    const key = `${pair} ${chain} ${counter}`;
    const digest = createHash('sha256').update(ciphertext).digest('base64');
    const previous = this.#uses.get(key);
    if (previous === undefined) this.#uses.set(key, digest);
    return previous !== undefined && previous !== digest;
  }
}

function sessionMessageIn(ciphertext: Buffer): Uint8Array {
  const { message } = proto.PreKeySignalMessage.decode(ciphertext.subarray(VERSION_BYTES));
  return message ?? Buffer.alloc(0);
}
