import { Verdict } from './checks/coverage.ts';
import { play } from './scenario.ts';
import { Scheduler } from './scheduler.ts';
import { Trace } from './trace.ts';
import { World } from './world/world.ts';

/** More steps than any run needs: one that comes here goes round in circles. */
const maxSteps = 500_000;

export interface Run {
  seed: number;
  /** What is wrong, in sentences; empty when the run passed. */
  violations: readonly string[];
  sightings: Verdict['sightings'];
  /** The last lines of the trace. */
  last: readonly string[];
  /** Of the whole trace. */
  digest: string;
  steps: number;
  virtualMs: number;
}

/** One seed, one run: everything that happens in it follows from the seed. `print` gets each line of its trace. */
export async function simulate(seed: number, print: ((line: string) => void) | null = null): Promise<Run> {
  const scheduler = new Scheduler();
  const verdict = new Verdict();
  const trace = new Trace(() => scheduler.time, print);
  const world = new World({ seed, scheduler, trace, verdict });
  let isOver = false;
  play(world).then(
    () => {
      isOver = true;
    },
    (error: unknown) => verdict.violate(`the scenario failed: ${String(error)}`),
  );
  let steps = 0;
  while (!isOver && verdict.violations.length === 0) {
    if (!(await scheduler.step())) verdict.violate('nothing happens any more');
    world.checkRequests();
    steps += 1;
    if (steps > maxSteps) verdict.violate('the run does not end');
  }
  const violations = verdict.violations.map((violation) => trace.named(violation));
  for (const violation of violations) trace.write(`violation: ${violation}`);
  const { sightings } = verdict;
  return { seed, violations, sightings, last: trace.last, digest: trace.digest(), steps, virtualMs: scheduler.time };
}
