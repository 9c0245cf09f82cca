import * as v from 'valibot';
import { sessionMachine } from '../session/machine.ts';

/** An action, a guard or an actor by its name, without its parameters. */
const NameSchema = v.union([
  v.string(),
  v.pipe(
    v.object({ type: v.string() }),
    v.transform(({ type }) => type),
  ),
]);

const NamesSchema = oneOrMore(NameSchema);

const TransitionSchema = v.union([
  v.string(),
  v.object({
    target: v.exactOptional(v.string()),
    guard: v.exactOptional(NameSchema),
    actions: v.exactOptional(NamesSchema),
    reenter: v.exactOptional(v.boolean()),
  }),
]);

const TransitionsSchema = oneOrMore(TransitionSchema);

const InvokeSchema = v.object({
  id: v.exactOptional(v.string()),
  src: v.string(),
  onDone: v.exactOptional(TransitionsSchema),
  onError: v.exactOptional(TransitionsSchema),
});

/** A state of a machine with its descendants. */
export interface StateDefinition {
  id?: string;
  type?: string;
  description?: string;
  initial?: string;
  entry?: v.InferOutput<typeof NamesSchema>;
  exit?: v.InferOutput<typeof NamesSchema>;
  invoke?: v.InferOutput<typeof InvokeSchema>[] | v.InferOutput<typeof InvokeSchema>;
  on?: Record<string, v.InferOutput<typeof TransitionsSchema>>;
  after?: Record<string, v.InferOutput<typeof TransitionsSchema>>;
  always?: v.InferOutput<typeof TransitionsSchema>;
  states?: Record<string, StateDefinition>;
}

/** An allow-list over the machine's configuration: contexts, inputs and the like are left out. */
const StateSchema: v.GenericSchema<unknown, StateDefinition> = v.object({
  id: v.exactOptional(v.string()),
  type: v.exactOptional(v.string()),
  description: v.exactOptional(v.string()),
  initial: v.exactOptional(v.string()),
  entry: v.exactOptional(NamesSchema),
  exit: v.exactOptional(NamesSchema),
  invoke: v.exactOptional(oneOrMore(InvokeSchema)),
  on: v.exactOptional(v.record(v.string(), TransitionsSchema)),
  after: v.exactOptional(v.record(v.string(), TransitionsSchema)),
  always: v.exactOptional(TransitionsSchema),
  states: v.exactOptional(
    v.record(
      v.string(),
      v.lazy(() => StateSchema),
    ),
  ),
});

/** The session machine as plain data: an XState configuration in which implementations are names. */
export const sessionDefinition: StateDefinition = v.parse(StateSchema, sessionMachine.config);

function oneOrMore<const S extends v.GenericSchema>(schema: S) {
  // A list counts as an object, too.
  return v.union([v.array(schema), schema]);
}
