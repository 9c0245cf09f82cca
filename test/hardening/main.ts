import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { silenceConsole } from '../../simulator/quiet-console.ts';
import { seededRandom } from '../faults/harness/random.ts';
import { Verdicts } from '../faults/harness/verdicts.ts';
import type { Scenario } from './harness/scenario.ts';
import { fuzz } from './scenarios/fuzz.ts';
import { neighbours } from './scenarios/neighbours.ts';
import { overload } from './scenarios/overload.ts';
import { slow } from './scenarios/slow.ts';
import { timing } from './scenarios/timing.ts';

const scenarios: readonly Scenario[] = [timing, fuzz, slow, overload, neighbours];

// libsignal, inside the simulator, prints sessions to it.
silenceConsole();

const began = performance.now();

function write(line: string): void {
  process.stdout.write(`${((performance.now() - began) / 1000).toFixed(1).padStart(7)} s  ${line}\n`);
}

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    only: { type: 'string' },
    seed: { type: 'string' },
    size: { type: 'string' },
  },
});

function chosen(): readonly Scenario[] {
  if (values.only === undefined) return scenarios;
  const names = values.only.split(',');
  const unknown = names.filter((name) => !scenarios.some((scenario) => scenario.name === name));
  if (unknown.length > 0) throw new Error(`there is no scenario ${unknown.join(', ')}`);
  return scenarios.filter(({ name }) => names.includes(name));
}

async function play(scenario: Scenario, seed: number, verdicts: Verdicts): Promise<void> {
  const size = Number(values.size ?? (values.short ? scenario.short : scenario.full));
  write(`== ${scenario.name}: ${scenario.about} (${size})`);
  try {
    await scenario.run({ size, seed, random: seededRandom(seed), verdicts, say: (line) => write(`  ${line}`) });
  } catch (error) {
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
    verdicts.judge(`${scenario.name} runs to its end`, false, why);
  }
}

const seed = Number(values.seed ?? randomInt(2 ** 31));
write(`seed ${seed}; repeat with --seed ${seed}`);
const verdicts = new Verdicts(write);
for (const scenario of chosen()) await play(scenario, seed, verdicts);
process.stdout.write(`\n${verdicts.passed} passed, ${verdicts.failed} failed\n`);
process.exit(verdicts.failed === 0 ? 0 : 1);
