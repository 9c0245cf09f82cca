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

/** Resolves after so many milliseconds, or as soon as the signal aborts. */
export function pause(delay: Delay, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      callOff();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const callOff = delay(ms, end);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end);
  });
}
