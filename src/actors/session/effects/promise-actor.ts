import { fromPromise } from 'xstate';

/** Reports an effect that failed; the machine decides what follows. */
export type ReportFailure = (effect: string, error: unknown) => void;

/** An actor for a slot of the machine that runs a function once and reports its failure. */
export function promiseActor<O, I extends object>(name: string, report: ReportFailure, run: (input: I) => Promise<O>) {
  return fromPromise<O, I>(async ({ input }) => {
    try {
      return await run(input);
    } catch (error) {
      report(name, error);
      throw error;
    }
  });
}
