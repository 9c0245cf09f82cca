import type { ScheduleTimer } from '../../../domain/clock.ts';

/** How long either side of a watch keeps it without a message from the other. */
const idleMs = 15_000;

/** Interval of the watching side's keep-alive messages. */
export const keepAliveMs = 5_000;

/** Idle timeout: fires once unless renewed within 15 s. */
export class IdleTimeout {
  readonly #delay: ScheduleTimer;
  readonly #onIdle: () => void;
  #cancel: () => void;

  constructor(delay: ScheduleTimer, onIdle: () => void) {
    this.#delay = delay;
    this.#onIdle = onIdle;
    this.#cancel = delay(idleMs, onIdle);
  }

  renew(): void {
    this.#cancel();
    this.#cancel = this.#delay(idleMs, this.#onIdle);
  }

  cancel(): void {
    this.#cancel();
  }
}
