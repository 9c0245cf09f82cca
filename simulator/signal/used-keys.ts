import { createHash } from 'node:crypto';
import { proto } from '@whiskeysockets/baileys';
import { entriesOf, type LruMap, lruMap } from '../lru-map.ts';
import type { Ciphertext } from './ciphertext.ts';
import { readSenderKeyMessage } from './sender-key.ts';

/** Beyond this many message keys the oldest are forgotten, and a late reuse of theirs goes unseen. */
const LARGEST_COUNT = 100_000;
/** A serialised message begins with its version and, but for one with a sender key, ends with a code of 8 bytes. */
const VERSION_BYTES = 1;
const CODE_BYTES = 8;

/** Which key of which chain a ciphertext was made with. */
export interface MessageKeyName {
  /** Of a session, the sender's ratchet key in hex; of a group, the id of the sender's key. */
  readonly chain: string;
  /** Counts from 0 within the chain. */
  readonly counter: number;
}

/** Reads that from outside: it is not encrypted. Throws when the ciphertext is none of Signal's. */
export function messageKeyName({ type, ciphertext }: Ciphertext): MessageKeyName {
  if (type === 'skmsg') {
    const { keyId, iteration } = readSenderKeyMessage(ciphertext);
    return { chain: String(keyId), counter: iteration };
  }
  const inner = type === 'pkmsg' ? sessionMessageIn(ciphertext) : ciphertext;
  const { ratchetKey, counter } = proto.SignalMessage.decode(inner.subarray(VERSION_BYTES, -CODE_BYTES));
  return { chain: Buffer.from(ratchetKey ?? []).toString('hex'), counter: counter ?? 0 };
}

/** Which message keys clients have used: each is good for one plaintext, once. */
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
   * Notes that a sender used a key for somebody. Whether it had used it before for something else; the very same bytes
   * again give nothing away.
   */
  use(pair: string, { chain, counter }: MessageKeyName, ciphertext: Buffer): boolean {
    const key = `${pair} ${chain} ${counter}`;
    const digest = createHash('sha256').update(ciphertext).digest('base64');
    const before = this.#uses.get(key);
    if (before === undefined) this.#uses.set(key, digest);
    return before !== undefined && before !== digest;
  }
}

function sessionMessageIn(ciphertext: Buffer): Uint8Array {
  const { message } = proto.PreKeySignalMessage.decode(ciphertext.subarray(VERSION_BYTES));
  return message ?? Buffer.alloc(0);
}
