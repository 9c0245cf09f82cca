import { entriesOf, type LruMap, lruMap } from '../lru-map.ts';
import type { SenderKeysState } from '../state/schema.ts';
import { ForeignSenderKey, OwnSenderKey, readSenderKeyMessage } from './sender-key.ts';

/** A sender may renew its key while messages encrypted with the old one are in transit; libsignal keeps as many. */
const LARGEST_GENERATION_COUNT = 5;
/** Beyond this many pairs of group and sender the oldest are dropped; the device then requests retries from them. */
const LARGEST_SENDER_COUNT = 10_000;

/** The sender keys of one simulated device: its own for each group, and those of other devices. */
export class SenderKeys {
  readonly #own: Map<string, OwnSenderKey>;
  readonly #foreign: LruMap<ForeignSenderKey[]>;

  constructor({ own, foreign }: SenderKeysState = { own: [], foreign: [] }) {
    this.#own = new Map(own.map(([group, key]) => [group, new OwnSenderKey(key)]));
    this.#foreign = lruMap(
      LARGEST_SENDER_COUNT,
      foreign.map(([slot, keys]) => [slot, keys.map((key) => new ForeignSenderKey(key))]),
    );
  }

  state(): SenderKeysState {
    return {
      own: [...this.#own].map(([group, key]) => [group, key.state()]),
      foreign: entriesOf(this.#foreign).map(([slot, keys]) => [slot, keys.map((key) => key.state())]),
    };
  }

  /** The device's own key for the group, made when it is first needed. */
  own(group: string): OwnSenderKey {
    const known = this.#own.get(group) ?? new OwnSenderKey();
    this.#own.set(group, known);
    return known;
  }

  /**
   * Stores a key of another device. A known key is kept as it is: distributed again, it decrypts no more than before.
   * @param sender the address of a device. Throws when the distribution message is malformed.
   */
  store(group: string, sender: string, distribution: Uint8Array): void {
    const slot = slotOf(group, sender);
    const received = ForeignSenderKey.read(distribution);
    const known = this.#foreign.get(slot) ?? [];
    if (known.some(({ id }) => id === received.id)) return;
    this.#foreign.set(slot, [...known, received].slice(-LARGEST_GENERATION_COUNT));
  }

  /** Throws when the sender has not distributed its key to this device, or the message was decrypted before. */
  decrypt(group: string, sender: string, ciphertext: Buffer): Buffer {
    const message = readSenderKeyMessage(ciphertext);
    const key = this.#foreign.get(slotOf(group, sender))?.find(({ id }) => id === message.keyId);
    if (key === undefined) throw new Error('the device has no sender key for this message');
    return key.decrypt(message);
  }
}

function slotOf(group: string, sender: string): string {
  return `${group} ${sender}`;
}
