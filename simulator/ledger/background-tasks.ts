import { reasonOf } from '../errors.ts';
import type { Ledger } from './ledger.ts';

/** Work that nobody awaits. Its failures go to the ledger, and the simulator does not close before it is done. */
export class BackgroundTasks {
  readonly #ledger: Ledger;
  readonly #running = new Set<Promise<void>>();
  readonly #pauses = new Set<() => void>();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  run(work: () => Promise<void>, connection: number): void {
    const running = work()
      .catch((error: unknown) => this.#ledger.append({ kind: 'problem', connection, reason: reasonOf(error) }))
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Resolves after so many milliseconds, or as soon as the simulator closes. */
  pause(delayMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, delayMs);
    this.#pauses.add(resolve);
    return promise.finally(() => {
      clearTimeout(timer);
      this.#pauses.delete(resolve);
    });
  }

  /** Ends all pauses and waits for what is happening. */
  async close(): Promise<void> {
    for (const end of this.#pauses) end();
    await Promise.allSettled(this.#running);
  }
}
