import { parseArgs } from 'node:util';
import { sights } from './checks/coverage.ts';
import { playLeases } from './leases.ts';
import { simulate } from './run.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '500' },
    from: { type: 'string', default: '1' },
    /** Schedules of several nodes that take, hold and lose a session. */
    leases: { type: 'string', default: '10000' },
    verbose: { type: 'boolean', default: false },
  },
});

/** Enough seeds to ask that everything was seen in them. */
const enoughSeeds = 500;

const count = Number(values.seeds);
const from = Number(values.from);
const leases = Number(values.leases);
if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(from) || !Number.isSafeInteger(leases)) {
  say('usage: npm run simulate -- [--seeds N] [--from SEED] [--leases N] [--verbose]');
  process.exit(2);
}

const seen = new Map<string, number>();
const failed: number[] = [];
let virtualMs = 0;
for (let seed = from; seed < from + count; seed += 1) {
  const run = await simulate(seed, values.verbose ? say : null);
  for (const [sight, times] of run.sightings) seen.set(sight, (seen.get(sight) ?? 0) + times);
  virtualMs += run.virtualMs;
  if (run.violations.length === 0) continue;
  failed.push(seed);
  say(`seed ${seed} failed: ${run.violations.join('; ')}`);
  say(`  all of it: npm run simulate -- --seeds 1 --from ${seed} --leases 0 --verbose`);
}

let [takeovers, fenced, drains] = [0, 0, 0];
for (let seed = from; seed < from + leases; seed += 1) {
  const played = await playLeases(seed);
  takeovers += played.takeovers;
  fenced += played.fenced;
  drains += played.drains;
  if (played.faults.length === 0) continue;
  failed.push(seed);
  say(`schedule ${seed} of leases failed: ${played.faults.join('; ')}`);
}

say(`${count} seeds, ${(virtualMs / 3_600_000).toFixed(1)} virtual hours; seen on the way:`);
for (const sight of sights) say(`  ${String(seen.get(sight) ?? 0).padStart(7)}  ${sight}`);
say(
  `${leases} schedules of leases; sessions came to a node ${takeovers} times, ${fenced} writes were fenced off, ${drains} nodes drained`,
);
const missed = count < enoughSeeds ? [] : sights.filter((sight) => !seen.has(sight));
for (const sight of missed) say(`never seen, so not tested: ${sight}`);
say(`\n${count + leases - failed.length} passed, ${failed.length + missed.length} failed`);
process.exitCode = failed.length + missed.length > 0 ? 1 : 0;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
