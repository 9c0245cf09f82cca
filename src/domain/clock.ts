/**
 * Runs a function after some milliseconds and yields how to cancel it; cancelling twice, or afterwards, does nothing.
 * All waiting goes through one of these, so that a simulation can replace time.
 */
export type ScheduleTimer = (ms: number, run: () => void) => () => void;

/** Real time. */
export const systemTimer: ScheduleTimer = (ms, run) => {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
};

/** A source of time and the timer that belongs to it. */
export interface Clock {
  /** Milliseconds since an arbitrary origin. */
  now(): number;
  after: ScheduleTimer;
}

/** A clock with Node's timers, which do not keep the process alive. */
export function systemClock(now: () => number): Clock {
  return {
    now,
    after: (ms, run) => {
      const timer = setTimeout(run, ms).unref();
      return () => clearTimeout(timer);
    },
  };
}

/** Resolves after some milliseconds, or as soon as the signal aborts. */
export function sleep(schedule: ScheduleTimer, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = schedule(ms, end);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end);
  });
}
