import type { ScheduleTimer } from '../../../domain/clock.ts';

/** Resolves waits in this process when a send is settled. */
export class SettlementWaiters {
  readonly #delay: ScheduleTimer;
  readonly #waiters = new Map<string, Set<() => void>>();

  constructor(delay: ScheduleTimer) {
    this.#delay = delay;
  }

  /** Waits for the next announcement of a send, until the timeout or `cancel`. */
  expect(outboxId: string, timeoutMs: number): { announced: Promise<void>; cancel: () => void } {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiters = this.#waiters.get(outboxId) ?? new Set();
    this.#waiters.set(outboxId, waiters);
    const end = (): void => {
      cancelTimer();
      waiters.delete(end);
      if (waiters.size === 0 && this.#waiters.get(outboxId) === waiters) this.#waiters.delete(outboxId);
      resolve();
    };
    const cancelTimer = this.#delay(timeoutMs, end);
    waiters.add(end);
    return { announced: promise, cancel: end };
  }

  announce(outboxId: string): void {
    for (const end of [...(this.#waiters.get(outboxId) ?? [])]) end();
  }
}
