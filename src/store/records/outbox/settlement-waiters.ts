import type { ScheduleTimer } from '../../../domain/clock.ts';

/** Tells those who wait in this process that a send was settled. */
export class SettlementWaiters {
  readonly #delay: ScheduleTimer;
  readonly #waiters = new Map<string, Set<() => void>>();

  constructor(delay: ScheduleTimer) {
    this.#delay = delay;
  }

  /** Waits for the next announcement for a send, until the deadline or until it is called off. */
  expect(outboxId: string, timeoutMs: number): { announced: Promise<void>; callOff: () => void } {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiters = this.#waiters.get(outboxId) ?? new Set();
    this.#waiters.set(outboxId, waiters);
    const end = (): void => {
      callOff();
      waiters.delete(end);
      if (waiters.size === 0 && this.#waiters.get(outboxId) === waiters) this.#waiters.delete(outboxId);
      resolve();
    };
    const callOff = this.#delay(timeoutMs, end);
    waiters.add(end);
    return { announced: promise, callOff: end };
  }

  announce(outboxId: string): void {
    for (const end of [...(this.#waiters.get(outboxId) ?? [])]) end();
  }
}
