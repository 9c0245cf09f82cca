import type { FaultRule } from '../../../simulator/faults/rule.ts';
import { judgeExactlyOnce, type Sent } from './judge/exactly-once.ts';
import { waitSettled } from './judge/wait-settled.ts';
import type { Run, Scenario, ScenarioFacts } from './scenario.ts';
import type { PrepareStage, Stage } from './stages.ts';

interface SendScenario<S extends Stage, T extends Sent> extends ScenarioFacts {
  /** Links the sessions. */
  readonly stage: PrepareStage<S>;
  /** What the simulator does wrong all the time. */
  readonly faults?: readonly FaultRule[];
  /** Sends, and does meanwhile what the scenario is about; resolves when all requests have their answers. */
  disturb(stage: S, run: Run): Promise<T>;
  /** Judges what is special about it, when every send has its result. */
  judge?(stage: S, sent: T, run: Run): Promise<void> | void;
  /** Judges what became of the sends. */
  readonly judgeSends?: typeof judgeExactlyOnce;
}

/** Sessions send through a disturbance, and what was accepted must arrive, once. */
export function scenario<S extends Stage, T extends Sent>({
  stage: prepare,
  faults = [],
  disturb,
  judge,
  judgeSends = judgeExactlyOnce,
  ...facts
}: SendScenario<S, T>): Scenario {
  return {
    ...facts,
    run: async (run) => {
      await using stage = await prepare(run, faults);
      const sent = await disturb(stage, run);
      await waitSettled(stage, stage.events, stage.sessions);
      await judge?.(stage, sent, run);
      judgeSends({ world: stage, events: stage.events, verdicts: run.verdicts }, sent);
    },
  };
}
