import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { silenceConsole } from '../../simulator/quiet-console.ts';
import { seededRandom } from './harness/random.ts';
import type { Scenario, Size } from './harness/scenario.ts';
import { Verdicts } from './harness/verdicts.ts';
import { drain } from './scenarios/drain.ts';
import { i5 } from './scenarios/i5.ts';
import { i8 } from './scenarios/i8.ts';
import { i9 } from './scenarios/i9.ts';
import { stopped } from './scenarios/pause.ts';
import { q1 } from './scenarios/q1.ts';
import { s5 } from './scenarios/s5.ts';

const scenarios: readonly Scenario[] = [i5, i8, i9, s5, drain, stopped, q1];

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
    sessions: { type: 'string' },
    sends: { type: 'string' },
    kills: { type: 'string' },
  },
});

function chosen(): readonly Scenario[] {
  if (values.only === undefined) return scenarios;
  const names = values.only.split(',');
  const unknown = names.filter((name) => !scenarios.some((scenario) => scenario.name === name));
  if (unknown.length > 0) throw new Error(`there is no scenario ${unknown.join(', ')}`);
  return scenarios.filter(({ name }) => names.includes(name));
}

function sizeOf(scenario: Scenario): Size {
  const size = values.short ? scenario.short : scenario.full;
  return {
    sessions: Number(values.sessions ?? size.sessions),
    sends: Number(values.sends ?? size.sends),
    kills: Number(values.kills ?? size.kills),
  };
}

async function play(scenario: Scenario, seed: number, verdicts: Verdicts): Promise<void> {
  const size = sizeOf(scenario);
  write(`== ${scenario.name}: ${scenario.about} (${JSON.stringify(size)})`);
  try {
    await scenario.run({ size, seed, random: seededRandom(seed), verdicts, say: (line) => write(`  ${line}`) });
  } catch (error) {
    verdicts.judge(
      `${scenario.name} runs to its end`,
      false,
      error instanceof Error ? (error.stack ?? error.message) : String(error),
    );
  }
}

const seed = Number(values.seed ?? randomInt(2 ** 31));
write(`seed ${seed}; repeat with --seed ${seed}`);
const verdicts = new Verdicts(write);
for (const scenario of chosen()) await play(scenario, seed, verdicts);
process.stdout.write(`\n${verdicts.passed} passed, ${verdicts.failed} failed\n`);
process.exit(verdicts.failed === 0 ? 0 : 1);
