import { entriesOf, type LruMap, lruMap } from '../lru-map.ts';
import type { InboxState } from '../state/schema.ts';

/** After so many requests a device gives a message up, as WhatsApp's clients do. */
const LARGEST_RETRY_COUNT = 5;
const LARGEST_COUNT = 10_000;

/** What a device remembers of the messages that reached it, by whatever names them apart. */
export class ReceivedMessages {
  readonly #read: LruMap<true>;
  /** How often each message that could not be read was asked for. */
  readonly #wanted: LruMap<number>;

  constructor({ read, wanted }: InboxState = { read: [], wanted: [] }) {
    this.#read = lruMap(
      LARGEST_COUNT,
      read.map((message) => [message, true]),
    );
    this.#wanted = lruMap(LARGEST_COUNT, wanted);
  }

  state(): InboxState {
    return { read: entriesOf(this.#read).map(([message]) => message), wanted: entriesOf(this.#wanted) };
  }

  hasRead(message: string): boolean {
    return this.#read.has(message);
  }

  /** Whether the message was asked for and has not come yet. */
  wants(message: string): boolean {
    return this.#wanted.has(message);
  }

  read(message: string): void {
    this.#wanted.delete(message);
    this.#read.set(message, true);
  }

  /** Counts a request for the message: which one it is, or undefined when the device has given up. */
  want(message: string): number | undefined {
    const count = (this.#wanted.get(message) ?? 0) + 1;
    if (count > LARGEST_RETRY_COUNT) return undefined;
    this.#wanted.set(message, count);
    return count;
  }
}
