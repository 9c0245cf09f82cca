import * as v from 'valibot';
import type { EventEnvelope, EventName } from '../../domain/event.ts';
import { payloads } from './payloads.ts';

const ofSession = v.string();
const ofStream = v.pipe(v.null(), v.description('Null: the event is about the stream itself'));

function envelope<N extends EventName, S extends v.GenericSchema<string | null>>(event: N, session: S) {
  return v.strictObject({
    schema: v.literal('v1'),
    id: v.pipe(
      v.string(),
      v.description(
        'Unique; a stream can be resumed after it. Ids are not sortable: WhatsApp timestamps are whole seconds',
      ),
    ),
    event: v.literal(event),
    session,
    organization: v.string(),
    timestamp: v.pipe(v.number(), v.description('Epoch milliseconds')),
    payload: payloads[event],
  });
}

/** An event as readers receive it. */
export const EnvelopeSchema = v.variant('event', [
  envelope('message', ofSession),
  envelope('message.status', ofSession),
  envelope('session.status', ofSession),
  envelope('session.restriction', ofSession),
  envelope('auth.qr', ofSession),
  envelope('auth.code', ofSession),
  envelope('auth.passkey', ofSession),
  envelope('poll.vote', ofSession),
  envelope('group.update', ofSession),
  envelope('stream.gap', ofStream),
]);

export type Envelope = EventEnvelope | (Omit<EventEnvelope, 'session'> & { session: null });
