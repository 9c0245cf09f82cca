import * as v from 'valibot';

const RequestSchema = v.object({ id: v.number(), name: v.string(), input: v.optional(v.unknown()) });

/** Request handlers by name. */
export type Handlers = Record<string, (input: unknown) => unknown>;

/** Answers requests of the parent process, and exits when the parent is gone. */
export function answerRequests(handlers: Handlers): void {
  process.on('message', (message: unknown) => {
    const { id, name, input } = v.parse(RequestSchema, message);
    const handler = handlers[name];
    if (handler === undefined) return;
    const run = async (): Promise<unknown> => handler(input);
    run().then(
      (result) => process.send?.({ id, answer: result }),
      (error: unknown) => process.send?.({ id, failure: error instanceof Error ? error.message : String(error) }),
    );
  });
  process.once('disconnect', () => process.exit(1));
}
