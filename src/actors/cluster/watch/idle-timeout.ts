import type { ScheduleTimer } from '../../../domain/clock.ts';

/** How long either side of a watch goes on without a word of the other. */
const silenceMs = 15_000;

/** How often who watches says that it still does. */
export const renewMs = 5_000;

/** Waits for a word of the other side, and calls back once when it stays away. */
export class IdleTimeout {
  readonly #delay: ScheduleTimer;
  readonly #onLost: () => void;
  #callOff: () => void;

  constructor(delay: ScheduleTimer, onLost: () => void) {
    this.#delay = delay;
    this.#onLost = onLost;
    this.#callOff = delay(silenceMs, onLost);
  }

  renew(): void {
    this.#callOff();
    this.#callOff = this.#delay(silenceMs, this.#onLost);
  }

  callOff(): void {
    this.#callOff();
  }
}
