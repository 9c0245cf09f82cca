import * as v from 'valibot';
import { publicJid } from '../../domain/contact.ts';
import { TraceIdSchema } from '../../domain/id-schemas.ts';
import { contentTypeOf } from '../../domain/message.ts';
import { type OutboxRow, recipientOf, SendResultSchema } from '../../domain/outbox.ts';

const { mode, status, timestamp, chatJid } = SendResultSchema.entries;

/** A send in the API: its status, never its content. Times are epoch milliseconds. */
export const OutboxEntrySchema = v.strictObject({
  outboxId: v.string(),
  waMessageId: v.string(),
  mode,
  to: v.pipe(v.string(), v.description('The recipient as the request gave it')),
  chatJid,
  type: v.pipe(v.string(), v.description('The type of the message; `edit` for the edit of an earlier one')),
  status,
  timestamp,
  attempts: v.pipe(v.number(), v.description('How often it was handed to a WhatsApp connection')),
  error: v.nullable(v.strictObject({ code: v.string(), message: v.string() })),
  acceptedAt: v.pipe(v.number(), v.description('Epoch milliseconds')),
  traceId: v.pipe(v.nullable(TraceIdSchema), v.description('The trace of the request that created the send')),
});

export function presentOutboxEntry(row: OutboxRow): v.InferOutput<typeof OutboxEntrySchema> {
  return {
    outboxId: row.id,
    waMessageId: row.waMessageId,
    mode: row.mode,
    to: row.to,
    chatJid: publicJid(recipientOf(row)),
    type: contentTypeOf(row.content),
    status: row.status,
    timestamp: row.timestamp,
    attempts: row.attempts,
    error: row.error === null ? null : { code: row.error.code, message: row.error.message },
    acceptedAt: row.acceptedAt,
    traceId: row.traceId,
  };
}
