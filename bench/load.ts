/** What one round puts on a subject: each session keeps so many sends under way until all of them are done. */
export interface Load {
  /** Numbers of the sessions that send, counted from 0. */
  sessions: readonly number[];
  inFlight: number;
  /** In all sessions together. */
  sends: number;
}

/** What came of a round: how long each send took to its acknowledgement, and all of them together, in milliseconds. */
export interface Run {
  latencies: number[];
  elapsedMs: number;
}

/** A closed loop: whoever has got an answer sends again. Rejects with the first send that is not acknowledged. */
export async function drive(load: Load, send: (session: number) => Promise<unknown>): Promise<Run> {
  const latencies: number[] = [];
  let begun = 0;
  const keepSending = async (session: number): Promise<void> => {
    while (begun < load.sends) {
      begun += 1;
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

/** Runs a task for every number below `count`, so many at a time; its results in order. */
export async function inBatches<T>(count: number, atOnce: number, task: (number: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) {
      const mine = next;
      next += 1;
      results[mine] = await task(mine);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return results;
}
