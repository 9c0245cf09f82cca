import { done, GatewayError, type Outcome, type Refusal, refused } from '../../../domain/errors.ts';
import { KeyedSerialQueue } from '../../../domain/serial-queue.ts';
import { untilApplied } from '../../compare-and-set.ts';
import type { Key, SetEntry, Store } from '../../contract.ts';
import { keyIn } from '../../record-kinds.ts';
import { scanPages } from '../../scan.ts';

/** Sessions counted at a time. */
const pageSize = 1_000;

/** A new session of an organization; `entry` is its record, stored below `records`. */
interface NewSession {
  organization: string;
  records: Key;
  entry: SetEntry;
}

/**
 * Creates sessions, up to a limit for each organization. Counts the sessions themselves, so that no counter can be wrong.
 * Every creation writes the same entry of its organization and checks that it is unchanged since the count: of concurrent
 * creations one is applied, and the others count again. A concurrent deletion only leaves more room.
 */
export class SessionCreation {
  readonly #store: Store;
  readonly #limit: number;
  /** Keeps the creations of one process from conflicting. */
  readonly #queue = new KeyedSerialQueue();

  constructor(store: Store, limit: number) {
    this.#store = store;
    this.#limit = limit;
  }

  /** Refused with `conflict` at the limit. Rejects when other creations keep being faster. */
  create(session: NewSession): Promise<Outcome<null>> {
    return this.#queue.run(session.organization, () => this.#create(session));
  }

  async #create({ organization, records, entry }: NewSession): Promise<Outcome<null>> {
    const lastCreation = keyIn(organization, 'session-creation');
    const attempt = async (): Promise<Outcome<null> | undefined> => {
      const version = (await this.#store.get(lastCreation))?.version ?? null;
      if (await this.#isFull(records)) return refused(tooMany(this.#limit));
      const result = await this.#store.commit({
        checks: [
          { key: lastCreation, version },
          { key: entry.key, version: null },
        ],
        sets: [{ key: lastCreation, value: new Uint8Array() }, entry],
      });
      return result.ok ? done(null) : undefined;
    };
    return untilApplied(attempt, { exhausted: () => new GatewayError(tooManyAtOnce) });
  }

  async #isFull(records: Key): Promise<boolean> {
    let count = 0;
    for await (const page of scanPages(this.#store, records, { pageSize })) {
      count += page.length;
      if (count >= this.#limit) return true;
    }
    return count >= this.#limit;
  }
}

function tooMany(limit: number): Refusal {
  const message = `the organization has reached its limit of ${limit} sessions; delete one that is not needed`;
  return { code: 'conflict', message, details: { reason: 'too_many_sessions', limit } };
}

const tooManyAtOnce: Refusal = {
  code: 'unavailable',
  message: 'no session was created: too many are being created at once in the organization; try again shortly',
  retryAfterMs: 1_000,
};
