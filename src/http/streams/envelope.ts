import * as v from 'valibot';
import { type EventEnvelope, type EventName, eventNames } from '../../domain/event.ts';

/** What the payload of each event has. */
const payloads: Readonly<Record<EventName, string>> = {
  message: 'waMessageId, chatJid, senderJid, fromMe, type, body, hasMedia, replyTo, mentions, pushName, timestamp',
  'message.status': 'outboxId, waMessageId, chatJid, status, timestamp, traceId, and error or possibleDuplicate',
  'session.status': 'status, previous, reason, since, nextAttemptAt, and phoneNumber and waJid once it is linked',
  'auth.qr': 'code, expiresAt',
  'auth.code': 'code, expiresAt',
  'poll.vote': 'waMessageId, chatJid, voterJid, options, timestamp',
  'group.update': 'groupJid, subject, description, ownerJid, isAnnounce, isLocked, participantCount',
  'stream.gap': 'from, to',
};

function payloadsTold(): string {
  return Object.entries(payloads)
    .map(([name, fields]) => `\`${name}\`: ${fields}`)
    .join('; ');
}

/** An event as readers get it. `session` is null in a `stream.gap`, which is about the stream itself. */
export const EnvelopeSchema = v.strictObject({
  schema: v.literal('v1'),
  id: v.pipe(
    v.string(),
    v.description('Unique, and resumes a stream behind it. It does not sort: WhatsApp tells times in whole seconds'),
  ),
  event: v.picklist(eventNames),
  session: v.pipe(v.nullable(v.string()), v.description('null in a `stream.gap`, which is about the stream itself')),
  organization: v.string(),
  timestamp: v.pipe(v.number(), v.description('Epoch milliseconds')),
  payload: v.pipe(v.record(v.string(), v.unknown()), v.description(payloadsTold())),
});

export type Envelope = EventEnvelope | (Omit<EventEnvelope, 'session'> & { session: null });
