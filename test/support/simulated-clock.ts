import { SimulatedClock } from 'xstate';
import type { Clock } from '../../src/domain/clock.ts';

/** What waits for time to pass, on a clock that a test drives; also for parts that are no machines. */
export function clockOn(time: SimulatedClock): Clock {
  return {
    now: () => time.now(),
    after: (ms, run) => {
      const timer = time.setTimeout(run, ms);
      return () => time.clearTimeout(timer);
    },
  };
}

/** A simulated clock that counts what waits for it. */
export class CountingClock implements Clock {
  readonly time = new SimulatedClock();
  readonly #timers = new Set<symbol>();

  /** How many timers are running. */
  get waiting(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.time.now();
  }

  after(ms: number, run: () => void): () => void {
    const timer = Symbol();
    this.#timers.add(timer);
    const callOff = clockOn(this.time).after(ms, () => {
      this.#timers.delete(timer);
      run();
    });
    return () => {
      this.#timers.delete(timer);
      callOff();
    };
  }
}
