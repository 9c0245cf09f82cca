import * as v from 'valibot';
import { type EventEnvelope, eventNames } from '../../domain/event.ts';

/** An event as readers get it. `session` is null in a `stream.gap`, which is about the stream itself. */
export const EnvelopeSchema = v.strictObject({
  schema: v.literal('v1'),
  /** Unique, and resumes a stream behind it. It does not sort: WhatsApp tells times in whole seconds. */
  id: v.string(),
  event: v.picklist(eventNames),
  session: v.nullable(v.string()),
  organization: v.string(),
  /** Epoch milliseconds. */
  timestamp: v.number(),
  payload: v.record(v.string(), v.unknown()),
});

export type Envelope = EventEnvelope | (Omit<EventEnvelope, 'session'> & { session: null });
