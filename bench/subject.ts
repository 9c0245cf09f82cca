import * as v from 'valibot';
import type { Child } from './child.ts';
import type { Load, Run } from './load.ts';

/** What is measured: a process that has linked sessions and sends through them. */
export interface Subject {
  readonly name: string;
  readonly child: Child;
  run(load: Load): Promise<Run>;
}

export const RunSchema = v.object({ latencies: v.array(v.number()), elapsedMs: v.number() });

/** The module that lets a subject be profiled, to be loaded before its program. */
export const profiler = 'bench/profiler.ts';

/** Runs a load while the subject's CPU profile is taken, which goes to a file. */
export async function profiled({ child, run }: Subject, load: Load, path: string): Promise<Run> {
  await child.ask(v.unknown(), 'profile.start');
  const result = await run(load);
  await child.ask(v.unknown(), 'profile.stop', path);
  return result;
}
