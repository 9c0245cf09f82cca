import { reasonOf } from '../errors.ts';
import type { Ledger } from './ledger.ts';

/**
 * Tasks that run in the background. Their failures are recorded in the ledger; closing the simulator waits for them.
 */
export class BackgroundTasks {
  readonly #ledger: Ledger;
  readonly #running = new Set<Promise<void>>();
  readonly #pauses = new Set<() => void>();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  run(task: () => Promise<void>, connection: number): void {
    const running = task()
      .catch((error: unknown) => this.#ledger.append({ kind: 'problem', connection, reason: reasonOf(error) }))
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Resolves after that many milliseconds, or when the simulator closes. */
  pause(delayMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, delayMs);
    this.#pauses.add(resolve);
    return promise.finally(() => {
      clearTimeout(timer);
      this.#pauses.delete(resolve);
    });
  }

  /** Ends all pauses and waits for all tasks. */
  async close(): Promise<void> {
    for (const endPause of this.#pauses) endPause();
    await Promise.allSettled(this.#running);
  }
}
