import * as v from 'valibot';
import { seededRandom } from '../../faults/harness/random.ts';
import { LoadLane } from './load-lane.ts';
import { PlanSchema, type Report } from './load-plan.ts';

/** A process of its own, so that who asks does not wait for the simulator: it is told a plan, and reports. */
process.once('message', async (message) => {
  const { url, durationMs, seed, lanes } = v.parse(PlanSchema, message);
  const running = lanes.map((lane, at) => new LoadLane(lane, url, seededRandom(seed + at)));
  for (const lane of running) await lane.connect();
  const report: Report = { lanes: await Promise.all(running.map((lane) => lane.run(durationMs))) };
  process.send?.(report, () => process.exit(0));
});
