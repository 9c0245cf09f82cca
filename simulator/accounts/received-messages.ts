import { entriesOf, type LruMap, lruMap } from '../lru-map.ts';
import type { InboxState } from '../state/schema.ts';

/** Like WhatsApp's clients, a device gives up a message after this many retry requests. */
const LARGEST_RETRY_COUNT = 5;
const LARGEST_COUNT = 10_000;

/** The messages that a device has decrypted, and those for which it has requested a retry, by key. */
export class ReceivedMessages {
  readonly #decrypted: LruMap<true>;
  /** The number of retry requests for each message that could not be decrypted. */
  readonly #retries: LruMap<number>;

  constructor({ read, wanted }: InboxState = { read: [], wanted: [] }) {
    this.#decrypted = lruMap(
      LARGEST_COUNT,
      read.map((message) => [message, true]),
    );
    this.#retries = lruMap(LARGEST_COUNT, wanted);
  }

  state(): InboxState {
    return { read: entriesOf(this.#decrypted).map(([message]) => message), wanted: entriesOf(this.#retries) };
  }

  hasDecrypted(message: string): boolean {
    return this.#decrypted.has(message);
  }

  /** Whether a retry was requested and has not arrived. */
  awaitsRetry(message: string): boolean {
    return this.#retries.has(message);
  }

  markDecrypted(message: string): void {
    this.#retries.delete(message);
    this.#decrypted.set(message, true);
  }

  /** Returns the number of the next retry request, or undefined when the device gives up. */
  countRetry(message: string): number | undefined {
    const count = (this.#retries.get(message) ?? 0) + 1;
    if (count > LARGEST_RETRY_COUNT) return undefined;
    this.#retries.set(message, count);
    return count;
  }
}
