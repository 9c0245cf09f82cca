import { SimulatorError } from '../errors.ts';
import type { LedgerEntry } from './entries.ts';

export type Predicate = (entry: LedgerEntry) => boolean;

interface Waiter {
  offer(entry: LedgerEntry): void;
  fail(error: Error): void;
}

/** Pending waits for future entries. */
export class Waiters {
  readonly #waiting = new Set<Waiter>();

  /** @param describe the end of the timeout message */
  wait(predicate: Predicate, timeoutMs: number, describe: () => string): Promise<LedgerEntry> {
    const { promise, resolve, reject } = Promise.withResolvers<LedgerEntry>();
    const waiter: Waiter = {
      offer: (entry) => {
        try {
          if (predicate(entry)) resolve(entry);
        } catch (error) {
          reject(error);
        }
      },
      fail: reject,
    };
    const late = () =>
      reject(new SimulatorError('timeout', `the expected entry did not appear within ${timeoutMs} ms; ${describe()}`));
    const timer = setTimeout(late, timeoutMs);
    this.#waiting.add(waiter);
    return promise.finally(() => {
      clearTimeout(timer);
      this.#waiting.delete(waiter);
    });
  }

  offer(entry: LedgerEntry): void {
    for (const waiter of [...this.#waiting]) waiter.offer(entry);
  }

  fail(error: Error): void {
    for (const waiter of [...this.#waiting]) waiter.fail(error);
  }
}
