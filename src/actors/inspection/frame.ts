import * as v from 'valibot';

/** The release of `@statelyai/inspect` whose wire format the frames use. */
export const wireVersion = '0.7.2';

const base = {
  /** The actor that the frame is about, unique among all sessions. */
  sessionId: v.string(),
  /** The session machine's actor. */
  rootId: v.string(),
  /** Epoch milliseconds. */
  createdAt: v.string(),
  id: v.null(),
  _version: v.string(),
};

/** An event by its name; `reason` only where it comes from a fixed list, such as why a connection ended. */
const event = v.object({ type: v.string(), reason: v.exactOptional(v.string()) });

const snapshot = v.object({
  status: v.picklist(['active', 'done', 'error', 'stopped']),
  /** The state that the machine is in, as XState writes it. */
  value: v.exactOptional(v.unknown()),
  /** See `RedactedContext` in `redacted-context.ts`. */
  context: v.exactOptional(v.record(v.string(), v.unknown())),
});

/**
 * Frames in the wire format of the Stately inspector (https://github.com/statelyai/inspect). The schema is an allow-list:
 * a frame carries nothing else.
 */
export const FrameSchema = v.variant('type', [
  v.object({
    type: v.literal('@xstate.actor'),
    ...base,
    name: v.string(),
    parentId: v.exactOptional(v.string()),
    /** The machine as JSON; only of the session machine itself. */
    definition: v.exactOptional(v.string()),
    snapshot,
  }),
  v.object({ type: v.literal('@xstate.event'), ...base, sourceId: v.exactOptional(v.string()), event }),
  v.object({ type: v.literal('@xstate.snapshot'), ...base, event, snapshot }),
]);

export type Frame = v.InferOutput<typeof FrameSchema>;

/** An actor at one moment. */
export type RedactedSnapshot = v.InferOutput<typeof snapshot>;
