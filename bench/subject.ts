import * as v from 'valibot';
import type { Child } from './child.ts';
import type { Load, Run } from './load.ts';

/** A process under measurement, which sends through its linked sessions. */
export interface Subject {
  readonly name: string;
  readonly child: Child;
  run(load: Load): Promise<Run>;
}

export const RunSchema = v.object({ latencies: v.array(v.number()), elapsedMs: v.number() });

/** The module to preload into a subject that is to be profiled. */
export const profiler = 'bench/profiler.ts';

/** Runs a load and writes a CPU profile of the subject to a file. */
export async function profiled({ child, run }: Subject, load: Load, path: string): Promise<Run> {
  await child.request(v.unknown(), 'profile.start');
  const result = await run(load);
  await child.request(v.unknown(), 'profile.stop', path);
  return result;
}
