import type { ConcurrencyLimit } from '../../../domain/concurrency-limit.ts';
import { KeyedSerialQueue } from '../../../domain/serial-queue.ts';

/** Queries that are repeated: one at a time for each key, few at a time altogether, none that is not needed. */
export class JoinedQueries<T> {
  readonly #limit: ConcurrencyLimit;
  readonly #fetch: (key: string) => Promise<T>;
  readonly #inOrder = new KeyedSerialQueue();
  /** Queries that wait: their answers will be as new as that of any further one. */
  readonly #waiting = new Map<string, Promise<T>>();

  /** @param limit of all queries at the same time, which others may share */
  constructor(limit: ConcurrencyLimit, fetch: (key: string) => Promise<T>) {
    this.#limit = limit;
    this.#fetch = fetch;
  }

  /** What is so now or later; never the answer of a query that runs already. */
  ask(key: string): Promise<T> {
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) return waiting;
    const asked = this.#inOrder.run(key, () =>
      this.#limit.run(() => {
        this.#waiting.delete(key);
        return this.#fetch(key);
      }),
    );
    this.#waiting.set(key, asked);
    return asked;
  }

  /** Runs other work on a key after the queries for it that were asked for before. */
  after(key: string, work: () => void): void {
    void this.#inOrder.run(key, async () => work());
  }
}
