import { parseArgs } from 'node:util';
import { runScenarios } from '../faults/harness/run-scenario.ts';
import type { Scenario } from './harness/scenario.ts';
import { fuzz } from './scenarios/fuzz.ts';
import { neighbours } from './scenarios/neighbours.ts';
import { overload } from './scenarios/overload.ts';
import { slow } from './scenarios/slow.ts';
import { timing } from './scenarios/timing.ts';

const scenarios: readonly Scenario[] = [timing, fuzz, slow, overload, neighbours];

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    only: { type: 'string' },
    seed: { type: 'string' },
    size: { type: 'string' },
  },
});

await runScenarios({
  scenarios,
  only: values.only,
  seed: values.seed,
  sizeOf: ({ short, full }) => Number(values.size ?? (values.short ? short : full)),
});
