import type { Verdicts } from './judge/verdicts.ts';
import type { Random } from './random.ts';

/** How much of it is done; which of these matter is up to the scenario. */
interface Size {
  readonly sessions: number;
  readonly sends: number;
  readonly kills: number;
}

/** One run of a scenario. */
export interface Run<S = Size> {
  readonly size: S;
  readonly seed: number;
  /** Decides whatever is left to chance. */
  readonly random: Random;
  readonly verdicts: Verdicts;
  /** Prints how far it has come. */
  say(line: string): void;
}

/** What a scenario is, without how it is run. */
export interface ScenarioFacts<S = Size> {
  /** What it does, in a word or some; the name of its file. */
  readonly name: string;
  /** A short name for the command line. */
  readonly id?: string;
  /** A sentence for the reader of the output. */
  readonly about: string;
  readonly full: S;
  /** As large as it may be before each change is taken. */
  readonly short: S;
}

/** Something that is done to real gateway processes, and what must hold then. */
export interface Scenario<S = Size> extends ScenarioFacts<S> {
  /** Rejects when it could not be carried out, which counts as failed. */
  run(run: Run<S>): Promise<void>;
}

/** The name with the id, if it has one. */
export function titleOf({ name, id }: Pick<ScenarioFacts<unknown>, 'name' | 'id'>): string {
  return id === undefined ? name : `${name} (${id})`;
}

/** The scenarios with these names or ids, which have commas between; all of them unless given. Throws on any other. */
export function chooseScenarios<T extends Pick<ScenarioFacts<unknown>, 'name' | 'id'>>(
  scenarios: readonly T[],
  only: string | undefined,
): readonly T[] {
  if (only === undefined) return scenarios;
  const wanted = only.split(',');
  const isCalled = ({ name, id }: T, word: string): boolean => word === name || word === id;
  const unknown = wanted.filter((word) => !scenarios.some((scenario) => isCalled(scenario, word)));
  if (unknown.length > 0) {
    throw new Error(`there is no scenario ${unknown.join(', ')}; there are ${scenarios.map(titleOf).join(', ')}`);
  }
  return scenarios.filter((scenario) => wanted.some((word) => isCalled(scenario, word)));
}
