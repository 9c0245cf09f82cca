/** The load of one round: each session keeps `inFlight` sends in flight until all are done. */
export interface Load {
  /** Indexes of the sending sessions, from 0. */
  sessions: readonly number[];
  inFlight: number;
  /** The total of all sessions. */
  sends: number;
}

/** The result of a round in milliseconds: from each send to its acknowledgement, and for all sends. */
export interface Run {
  latencies: number[];
  elapsedMs: number;
}

/**
 * A closed loop: each acknowledged send is followed by the next. Rejects with the first send that is not acknowledged.
 */
export async function drive(load: Load, send: (session: number) => Promise<unknown>): Promise<Run> {
  const latencies: number[] = [];
  let started = 0;
  const keepSending = async (session: number): Promise<void> => {
    while (started < load.sends) {
      started += 1;
      const sentAt = performance.now();
      await send(session);
      latencies.push(performance.now() - sentAt);
    }
  };
  const startedAt = performance.now();
  const senders = load.sessions.flatMap((session) => Array.from({ length: load.inFlight }, () => session));
  await Promise.all(senders.map(keepSending));
  return { latencies, elapsedMs: performance.now() - startedAt };
}

/** Runs a task for every number below `count`, `atOnce` at a time. Returns the results in order. */
export async function inBatches<T>(count: number, atOnce: number, task: (number: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      results[index] = await task(index);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return results;
}
