import type { ScheduleTimer } from '../../../domain/clock.ts';

/** How often a connection is pinged, and how long the answer may take. */
const pingMs = 2_000;
const answerMs = 3_000;

interface Pinged {
  readonly isReady: boolean;
  ping(): Promise<unknown>;
}

/**
 * Pings a connection that may be idle for long, because a silent cut shows only when something is sent. Calls back each
 * time that no answer comes; yields how to stop.
 */
export function watchPings(client: Pinged, delay: ScheduleTimer, onSilence: () => void): () => void {
  const ending = new AbortController();
  let cancel = (): void => undefined;
  const wait = (): void => {
    if (!ending.signal.aborted) cancel = delay(pingMs, ping);
  };
  const ping = (): void => {
    if (!client.isReady) {
      wait();
      return;
    }
    let state: 'waiting' | 'over' = 'waiting';
    const end = (): void => {
      if (state === 'over') return;
      state = 'over';
      cancel();
      wait();
    };
    cancel = delay(answerMs, () => {
      end();
      onSilence();
    });
    // An error reply is an answer, too.
    client.ping().then(end, end);
  };
  wait();
  return () => {
    ending.abort();
    cancel();
  };
}
