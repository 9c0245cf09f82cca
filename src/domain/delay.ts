/**
 * Runs something in so many milliseconds, and yields how to call it off; calling that off twice, or afterwards, does
 * nothing. Whatever waits takes its time from one of these, so that a simulation can bring its own.
 */
export type Delay = (ms: number, run: () => void) => () => void;

/** Real time, as the process measures it. */
export const systemDelay: Delay = (ms, run) => {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
};
