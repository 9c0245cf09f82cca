import type { Delay } from '../domain/delay.ts';

/** Time, as whoever waits for it sees it. */
export interface Clock {
  /** Milliseconds since some beginning. */
  now(): number;
  after: Delay;
}

/** Node's timers next to a source of the time. What waits for them keeps no process alive. */
export function systemClock(now: () => number): Clock {
  return {
    now,
    after: (ms, run) => {
      const timer = setTimeout(run, ms).unref();
      return () => clearTimeout(timer);
    },
  };
}
