import type { Random } from './random.ts';
import type { Verdicts } from './verdicts.ts';

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
  /** Tells how far it has come. */
  say(line: string): void;
}

/** Something that is done to real gateway processes, and what must hold then. */
export interface Scenario<S = Size> {
  readonly name: string;
  /** A sentence for whoever reads the output. */
  readonly about: string;
  readonly full: S;
  /** As large as it may be before each change is taken. */
  readonly short: S;
  /** Rejects when it could not be carried out, which counts as failed. */
  run(run: Run<S>): Promise<void>;
}
