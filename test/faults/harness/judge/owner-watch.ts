import { setTimeout as pause } from 'node:timers/promises';
import type { Store } from '../../../../src/store/contract.ts';
import {
  type OwnerEntry,
  type SessionOwners,
  sessionOwners,
} from '../../../../src/store/records/cluster/session-owners.ts';
import { organization } from '../../../support/gateway/environment.ts';

/** Shorter than a session has any owner: taking one over takes longer. */
const intervalMs = 40;

/** Who owned some sessions, one after the other, as the store says. */
export class OwnerWatch implements AsyncDisposable {
  readonly #owners: SessionOwners;
  readonly #sessions: readonly string[];
  readonly #history = new Map<string, OwnerEntry[]>();
  readonly #ending = new AbortController();
  readonly #watching: Promise<void>;

  private constructor(store: Store, sessions: readonly string[]) {
    this.#owners = sessionOwners(store, Date.now);
    this.#sessions = sessions;
    this.#watching = this.#watch();
  }

  /** Begins with the present owners. */
  static async open(store: Store, sessions: readonly string[]): Promise<OwnerWatch> {
    const watch = new OwnerWatch(store, sessions);
    await watch.look();
    return watch;
  }

  /** Each version that the record of a session's owner had, the latest last. */
  history(session: string): readonly OwnerEntry[] {
    return this.#history.get(session) ?? [];
  }

  /** The sessions that a node owns now, by its name. */
  ownedBy(nodeId: string): string[] {
    return this.#sessions.filter((session) => this.history(session).at(-1)?.owner.nodeId === nodeId);
  }

  /** How often a session was taken, behind the first so many versions. */
  taken(session: string, behind = 0): number {
    return this.history(session)
      .slice(behind)
      .filter(({ owner }) => owner.nodeId !== null).length;
  }

  /** Asks the store now. */
  async look(): Promise<void> {
    const found = await this.#owners.findMany(this.#sessions.map((session) => ({ organization, session })));
    for (const [index, session] of this.#sessions.entries()) {
      const entry = found[index] ?? null;
      const history = this.#history.get(session) ?? [];
      if (entry !== null && history.every(({ version }) => version !== entry.version)) history.push(entry);
      this.#history.set(session, history);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#watching;
  }

  async #watch(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      // The store may be gone for a while.
      await this.look().catch(() => undefined);
      await pause(intervalMs);
    }
  }
}
