import type * as faults from '../../faults/harness/scenario.ts';

/** One run of a scenario; its size is a number of whatever the scenario counts. */
export type Run = faults.Run<number>;

/** Something hostile that is done to a real gateway process over HTTP, and what must hold then. */
export type Scenario = faults.Scenario<number>;
