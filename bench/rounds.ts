import type { Load } from './load.ts';
import type { Options, Scenario } from './options.ts';
import { quantile } from './statistics.ts';
import type { Subject } from './subject.ts';
import { usageOf } from './usage.ts';

/** The result of a round. CPU and memory are those of the subject's process, NaN when unknown. */
export interface Round {
  sendsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  cpuMsPerSend: number;
  rssMb: number;
}

/** A session's rate limit allows bursts of about a thousand sends, so rounds with few sessions rotate through them. */
const sendsPerSession = 400;

/** Creates the loads of a benchmark; loads with few sessions rotate through all of them. */
export class Loads {
  readonly #options: Options;
  #next = 0;

  constructor(options: Options) {
    this.#options = options;
  }

  of({ sessions, inFlight }: Scenario): Load {
    const from = this.#next;
    this.#next += sessions;
    const numbers = Array.from({ length: sessions }, (_, index) => (from + index) % this.#options.sessions);
    return { sessions: numbers, inFlight, sends: Math.min(this.#options.sends, sessions * sendsPerSession) };
  }
}

export async function measure(subject: Subject, load: Load): Promise<Round> {
  const before = await usageOf(subject.child.pid);
  const { latencies, elapsedMs } = await subject.run(load);
  const after = await usageOf(subject.child.pid);
  const cpuMs = before === null || after === null ? Number.NaN : after.cpuMs - before.cpuMs;
  return {
    sendsPerSecond: (latencies.length * 1_000) / elapsedMs,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    cpuMsPerSend: cpuMs / latencies.length,
    rssMb: after?.rssMb ?? Number.NaN,
  };
}
