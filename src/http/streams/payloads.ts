import * as v from 'valibot';
import { PublicContactSchema } from '../../domain/contact.ts';
import type { EventName } from '../../domain/event.ts';
import { TraceIdSchema } from '../../domain/id-schemas.ts';
import { SendResultSchema } from '../../domain/outbox.ts';
import { PasskeyOptionsSchema, passkeyStages } from '../../domain/passkey.ts';
import { sessionStatuses } from '../../domain/session.ts';

/** Absent in events of releases before 0.2.0. */
const whose = (description: string) => v.exactOptional(v.pipe(PublicContactSchema, v.description(description)));

const text = v.string();
const textOrNull = v.nullable(v.string());
const milliseconds = v.pipe(v.number(), v.description('Epoch milliseconds'));
const linkCode = v.strictObject({ code: text, expiresAt: milliseconds });

const passkey = v.strictObject({
  stage: v.picklist(passkeyStages),
  publicKey: v.nullable(PasskeyOptionsSchema),
  code: textOrNull,
  expiresAt: milliseconds,
});

/** The payload of each event. Times are epoch milliseconds. */
export const payloads = {
  message: v.strictObject({
    waMessageId: text,
    chatJid: text,
    chat: whose('Every address of `chatJid`'),
    senderJid: textOrNull,
    sender: v.exactOptional(v.nullable(PublicContactSchema)),
    fromMe: v.pipe(v.boolean(), v.description('Sent from the linked number itself, on another device')),
    type: text,
    body: v.pipe(textOrNull, v.description('The text, caption, poll question or name of the location')),
    hasMedia: v.boolean(),
    replyTo: textOrNull,
    mentions: v.array(text),
    pushName: textOrNull,
    timestamp: milliseconds,
  }),
  'message.status': v.strictObject({
    outboxId: text,
    waMessageId: text,
    to: v.exactOptional(v.pipe(text, v.description('The recipient as the request gave it'))),
    chatJid: text,
    chat: v.exactOptional(PublicContactSchema),
    status: SendResultSchema.entries.status,
    timestamp: milliseconds,
    error: v.exactOptional(v.strictObject({ code: text, message: text })),
    possibleDuplicate: v.exactOptional(
      v.pipe(v.literal(true), v.description('The message was sent again under the same id and may arrive twice')),
    ),
    traceId: v.exactOptional(
      v.pipe(TraceIdSchema, v.description('The trace of the request that created the send (W3C Trace Context)')),
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
    waLid: v.exactOptional(text),
  }),
  'session.restriction': v.strictObject({
    kind: v.pipe(
      v.picklist(['new_chats', 'new_chat_quota']),
      v.description('WhatsApp lets the number begin no new chats, or no more of them in this period'),
    ),
    isActive: v.boolean(),
    until: v.pipe(v.nullable(milliseconds), v.description('Null: not known, or not restricted')),
  }),
  'auth.qr': linkCode,
  'auth.code': linkCode,
  'auth.passkey': passkey,
  'poll.vote': v.strictObject({
    waMessageId: v.pipe(text, v.description('The message id of the poll')),
    chatJid: text,
    chat: whose('Every address of `chatJid`'),
    voterJid: text,
    voter: whose('Every address of `voterJid`'),
    options: v.pipe(v.array(text), v.description("The voter's current choice")),
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
    isMember: v.exactOptional(
      v.pipe(v.boolean(), v.description('False once the number is not in the group any more: it is forgotten')),
    ),
  }),
  'stream.gap': v.pipe(
    v.strictObject({ from: text, to: text }),
    v.description('The events after `from` up to `to` are no longer stored'),
  ),
} as const satisfies Readonly<Record<EventName, v.GenericSchema>>;
