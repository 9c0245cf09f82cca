/**
 * Runs something in so many milliseconds, and yields how to cancel it; cancelling twice, or afterwards, does nothing.
 * Everything that waits takes its time from one of these, so that a simulation can bring its own.
 */
export type ScheduleTimer = (ms: number, run: () => void) => () => void;

/** Real time, as the process measures it. */
export const systemTimer: ScheduleTimer = (ms, run) => {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
};

/** Time as seen by code that waits for it. */
export interface Clock {
  /** Milliseconds since an arbitrary origin. */
  now(): number;
  after: ScheduleTimer;
}

/** Node's timers next to a source of the time. Its timers do not keep the process alive. */
export function systemClock(now: () => number): Clock {
  return {
    now,
    after: (ms, run) => {
      const timer = setTimeout(run, ms).unref();
      return () => clearTimeout(timer);
    },
  };
}

/** Resolves after so many milliseconds, or as soon as the signal aborts. */
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
