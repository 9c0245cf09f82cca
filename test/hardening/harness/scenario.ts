import type { Random } from '../../faults/harness/random.ts';
import type { Verdicts } from '../../faults/harness/verdicts.ts';

/** One run of a scenario. */
export interface Run {
  /** How much of it is done; what is counted is up to the scenario. */
  readonly size: number;
  readonly seed: number;
  /** Decides whatever is left to chance. */
  readonly random: Random;
  readonly verdicts: Verdicts;
  /** Tells how far it has come. */
  say(line: string): void;
}

/** Something hostile that is done to a real gateway process over HTTP, and what must hold then. */
export interface Scenario {
  readonly name: string;
  /** A sentence for whoever reads the output. */
  readonly about: string;
  /** The size, in what the scenario counts. */
  readonly full: number;
  /** As large as it may be before each change is taken. */
  readonly short: number;
  /** Rejects when it could not be carried out, which counts as failed. */
  run(run: Run): Promise<void>;
}
