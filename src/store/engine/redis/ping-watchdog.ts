import type { ScheduleTimer } from '../../../domain/clock.ts';

/** How often a connection is asked for a sign of life, and how long that may take. */
const askMs = 2_000;
const patienceMs = 3_000;

interface Quiet {
  readonly isReady: boolean;
  ping(): Promise<unknown>;
}

/**
 * Watches a connection on which nothing may come for long: only who asks finds out that it was cut without a word.
 * Calls back when no answer comes, and goes on; yields how to end that.
 */
export function watchPings(client: Quiet, delay: ScheduleTimer, onSilence: () => void): () => void {
  const ending = new AbortController();
  let callOff = (): void => undefined;
  const wait = (): void => {
    if (!ending.signal.aborted) callOff = delay(askMs, ask);
  };
  const ask = (): void => {
    if (!client.isReady) {
      wait();
      return;
    }
    let state: 'asked' | 'over' = 'asked';
    const end = (): void => {
      if (state === 'over') return;
      state = 'over';
      callOff();
      wait();
    };
    callOff = delay(patienceMs, () => {
      end();
      onSilence();
    });
    // Also a refusal is an answer.
    client.ping().then(end, end);
  };
  wait();
  return () => {
    ending.abort();
    callOff();
  };
}
