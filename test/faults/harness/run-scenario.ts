import { randomInt } from 'node:crypto';
import { silenceConsole } from '../../../simulator/quiet-console.ts';
import { seededRandom } from './random.ts';
import type { Scenario } from './scenario.ts';
import { Verdicts } from './verdicts.ts';

interface Playing<S> {
  scenarios: readonly Scenario<S>[];
  /** Names with commas between; all scenarios unless given. */
  only: string | undefined;
  /** Drawn unless given. */
  seed: string | undefined;
  sizeOf: (scenario: Scenario<S>) => S;
}

/** Plays scenarios one after the other, tells what each found, and ends the process: with 0 if all is as it should be. */
export async function play<S>({ scenarios, only, seed: given, sizeOf }: Playing<S>): Promise<never> {
  // libsignal, inside the simulator, prints sessions to it.
  silenceConsole();
  const began = performance.now();
  const write = (line: string): void => {
    process.stdout.write(`${((performance.now() - began) / 1000).toFixed(1).padStart(7)} s  ${line}\n`);
  };
  const seed = Number(given ?? randomInt(2 ** 31));
  write(`seed ${seed}; repeat with --seed ${seed}`);
  const verdicts = new Verdicts(write);
  for (const scenario of chosen(scenarios, only)) {
    const size = sizeOf(scenario);
    write(`== ${scenario.name}: ${scenario.about} (${JSON.stringify(size)})`);
    try {
      await scenario.run({ size, seed, random: seededRandom(seed), verdicts, say: (line) => write(`  ${line}`) });
    } catch (error) {
      const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
      verdicts.judge(`${scenario.name} runs to its end`, false, why);
    }
  }
  process.stdout.write(`\n${verdicts.passed} passed, ${verdicts.failed} failed\n`);
  process.exit(verdicts.failed === 0 ? 0 : 1);
}

function chosen<S>(scenarios: readonly Scenario<S>[], only: string | undefined): readonly Scenario<S>[] {
  if (only === undefined) return scenarios;
  const names = only.split(',');
  const unknown = names.filter((name) => !scenarios.some((scenario) => scenario.name === name));
  if (unknown.length > 0) throw new Error(`there is no scenario ${unknown.join(', ')}`);
  return scenarios.filter(({ name }) => names.includes(name));
}
