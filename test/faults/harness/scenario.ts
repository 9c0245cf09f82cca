import type { Random } from './random.ts';
import type { Verdicts } from './verdicts.ts';

/** How much of it is done; which of these matter is up to the scenario. */
export interface Size {
  readonly sessions: number;
  readonly sends: number;
  readonly kills: number;
}

/** One run of a scenario. */
export interface Run {
  readonly size: Size;
  readonly seed: number;
  /** Decides whatever is left to chance. */
  readonly random: Random;
  readonly verdicts: Verdicts;
  /** Tells how far it has come. */
  say(line: string): void;
}

/** Something that is done to real gateway processes, and what must hold then. */
export interface Scenario {
  readonly name: string;
  /** A sentence for whoever reads the output. */
  readonly about: string;
  readonly full: Size;
  /** As large as it may be before each change is taken. */
  readonly short: Size;
  /** Rejects when it could not be carried out, which counts as failed. */
  run(run: Run): Promise<void>;
}
