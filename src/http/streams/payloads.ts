import * as v from 'valibot';
import type { EventName } from '../../domain/event.ts';
import { TraceIdSchema } from '../../domain/id-schemas.ts';
import { SendResultSchema } from '../../domain/outbox.ts';
import { sessionStatuses } from '../../domain/session.ts';

const text = v.string();
const textOrNull = v.nullable(v.string());
const milliseconds = v.pipe(v.number(), v.description('Epoch milliseconds'));
const linkCode = v.strictObject({ code: text, expiresAt: milliseconds });

/** What the payload of each event has. Times are epoch milliseconds. */
export const payloads = {
  message: v.strictObject({
    waMessageId: text,
    chatJid: text,
    senderJid: textOrNull,
    fromMe: v.pipe(v.boolean(), v.description('The owner of the number wrote it, on another device')),
    type: text,
    body: v.pipe(textOrNull, v.description('Text, caption, poll question or place label')),
    hasMedia: v.boolean(),
    replyTo: textOrNull,
    mentions: v.array(text),
    pushName: textOrNull,
    timestamp: milliseconds,
  }),
  'message.status': v.strictObject({
    outboxId: text,
    waMessageId: text,
    chatJid: text,
    status: SendResultSchema.entries.status,
    timestamp: milliseconds,
    error: v.exactOptional(v.strictObject({ code: text, message: text })),
    possibleDuplicate: v.exactOptional(
      v.pipe(v.literal(true), v.description('It is sent again, under the same id, and may arrive twice')),
    ),
    traceId: v.exactOptional(
      v.pipe(TraceIdSchema, v.description('The trace of the request that it was accepted from (W3C Trace Context)')),
    ),
  }),
  'session.status': v.strictObject({
    status: v.picklist(sessionStatuses),
    previous: v.picklist(sessionStatuses),
    reason: textOrNull,
    since: milliseconds,
    nextAttemptAt: v.nullable(milliseconds),
    phoneNumber: v.exactOptional(text),
    waJid: v.exactOptional(text),
  }),
  'auth.qr': linkCode,
  'auth.code': linkCode,
  'poll.vote': v.strictObject({
    waMessageId: v.pipe(text, v.description('Of the poll')),
    chatJid: text,
    voterJid: text,
    options: v.pipe(v.array(text), v.description('What is chosen now')),
    timestamp: milliseconds,
  }),
  'group.update': v.strictObject({
    groupJid: text,
    subject: text,
    description: textOrNull,
    ownerJid: textOrNull,
    isAnnounce: v.boolean(),
    isLocked: v.boolean(),
    participantCount: v.number(),
  }),
  'stream.gap': v.pipe(
    v.strictObject({ from: text, to: text }),
    v.description('Between the two lie events that are no longer kept'),
  ),
} as const satisfies Readonly<Record<EventName, v.GenericSchema>>;
