import type { GroupMetadata } from '@whiskeysockets/baileys';
import { ConcurrencyLimit } from '../../../domain/concurrency-limit.ts';
import { KeyedSerialQueue } from '../../../domain/serial-queue.ts';

/** Queries for groups of one connection at the same time; WhatsApp refuses many at once with 429. */
const maxRunning = 2;

/** Queries for single groups: one at a time for each group, few at a time for the connection, none that is not needed. */
export class GroupQueries {
  readonly #fetch: (jid: string) => Promise<GroupMetadata>;
  readonly #limit = new ConcurrencyLimit(maxRunning);
  readonly #inOrder = new KeyedSerialQueue();
  /** Queries that wait: their answers will be as new as that of any further one. */
  readonly #waiting = new Map<string, Promise<GroupMetadata>>();

  constructor(fetch: (jid: string) => Promise<GroupMetadata>) {
    this.#fetch = fetch;
  }

  /** The group as it is now or later; never the answer of a query that runs already. */
  ask(jid: string): Promise<GroupMetadata> {
    const waiting = this.#waiting.get(jid);
    if (waiting !== undefined) return waiting;
    const asked = this.#inOrder.run(jid, () =>
      this.#limit.run(() => {
        this.#waiting.delete(jid);
        return this.#fetch(jid);
      }),
    );
    this.#waiting.set(jid, asked);
    return asked;
  }

  /** Runs other work on a group after the queries for it that were asked for before. */
  after(jid: string, work: () => void): void {
    void this.#inOrder.run(jid, async () => work());
  }

  /** Counts a query of somebody else as one of these until it has ended. */
  occupy(ended: Promise<void>): void {
    void this.#limit.run(() => ended);
  }
}
