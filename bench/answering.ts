import * as v from 'valibot';

const QuestionSchema = v.object({ id: v.number(), name: v.string(), given: v.optional(v.unknown()) });

/** What the parent may ask for, by name. */
export type Answers = Record<string, (given: unknown) => unknown>;

/** Answers what the parent of this process asks, and ends the process when the parent is gone. */
export function answering(answers: Answers): void {
  process.on('message', (message: unknown) => {
    const { id, name, given } = v.parse(QuestionSchema, message);
    const answer = answers[name];
    if (answer === undefined) return;
    const run = async (): Promise<unknown> => answer(given);
    run().then(
      (result) => process.send?.({ id, answer: result }),
      (error: unknown) => process.send?.({ id, failure: error instanceof Error ? error.message : String(error) }),
    );
  });
  process.once('disconnect', () => process.exit(1));
}
