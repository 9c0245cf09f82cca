import { fromPromise } from 'xstate';

/** Takes note of an effect that has failed; what follows from that is the machine's business. */
export type ReportFailure = (effect: string, error: unknown) => void;

/** An actor that does something once with its input, for a slot of the machine. */
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
