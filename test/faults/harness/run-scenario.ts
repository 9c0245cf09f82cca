import { randomInt } from 'node:crypto';
import { silenceConsole } from '../../../simulator/quiet-console.ts';
import { Verdicts } from './judge/verdicts.ts';
import { seededRandom } from './random.ts';
import { chooseScenarios, type Scenario, titleOf } from './scenario.ts';

interface RunOptions<S> {
  readonly scenarios: readonly Scenario<S>[];
  /** Names and ids with commas between; all scenarios unless given. */
  readonly only: string | undefined;
  /** Drawn unless given. */
  readonly seed: string | undefined;
  sizeOf(scenario: Scenario<S>): S;
}

/** Runs scenarios one after the other, prints what each found, and ends the process: with 0 if all is as it should be. */
export async function runScenarios<S>({ scenarios, only, seed: given, sizeOf }: RunOptions<S>): Promise<never> {
  // libsignal, inside the simulator, prints sessions to it.
  silenceConsole();
  const began = performance.now();
  const write = (line: string): void => {
    process.stdout.write(`${((performance.now() - began) / 1000).toFixed(1).padStart(7)} s  ${line}\n`);
  };
  const chosen = chooseScenarios(scenarios, only);
  const seed = Number(given ?? randomInt(2 ** 31));
  write(`seed ${seed}; repeat with --seed ${seed}`);
  const verdicts = new Verdicts(write);
  for (const scenario of chosen) {
    const size = sizeOf(scenario);
    write(`== ${titleOf(scenario)}: ${scenario.about} (${JSON.stringify(size)})`);
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

/** Prints what scenarios there are, a line for each. */
export function listScenarios<S>(scenarios: readonly Scenario<S>[]): void {
  for (const scenario of scenarios) process.stdout.write(`${titleOf(scenario)}: ${scenario.about}\n`);
}
