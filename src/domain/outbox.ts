import * as v from 'valibot';
import { OrganizationSchema, UlidSchema } from './ids.ts';
import { ContentSchema } from './message.ts';

/** How far a send has come. `failed` is final and means that WhatsApp refused it, or that its outcome stayed unknown. */
const sendStatuses = ['queued', 'sending', 'sent', 'delivered', 'read', 'played', 'failed'] as const;

const SendModeSchema = v.picklist(['sync', 'async']);

/**
 * One accepted send. `waMessageId` is chosen at acceptance and used for every attempt. `timestamp` is when `status`
 * was reached, in epoch milliseconds: WhatsApp's own time once it acknowledged. `attempts` counts the times that the
 * send was handed to a socket.
 */
export const OutboxRowSchema = v.strictObject({
  id: UlidSchema,
  organization: OrganizationSchema,
  session: UlidSchema,
  waMessageId: v.string(),
  mode: SendModeSchema,
  to: v.string(),
  content: ContentSchema,
  status: v.picklist(sendStatuses),
  timestamp: v.number(),
  attempts: v.number(),
  error: v.nullable(v.strictObject({ code: v.string(), message: v.string() })),
  acceptedAt: v.number(),
});

export type OutboxRow = v.InferOutput<typeof OutboxRowSchema>;

/** What a caller gets back for a send. */
export const SendResultSchema = v.strictObject({
  mode: SendModeSchema,
  outboxId: v.string(),
  replayed: v.boolean(),
  status: v.picklist(sendStatuses),
  timestamp: v.number(),
  waMessageId: v.string(),
});

export type SendResult = v.InferOutput<typeof SendResultSchema>;

export function toSendResult(row: OutboxRow, replayed = false): SendResult {
  const { id, mode, status, timestamp, waMessageId } = row;
  return { mode, outboxId: id, replayed, status, timestamp, waMessageId };
}

/** What is known of a send when it is accepted. */
export type AcceptedSend = Pick<OutboxRow, 'organization' | 'session' | 'waMessageId' | 'mode' | 'to' | 'content'> & {
  outboxId: string;
  /** Epoch milliseconds. */
  acceptedAt: number;
};

/** The first row of an accepted send, which counts its first attempt. */
export function newRow({ outboxId, ...send }: AcceptedSend): OutboxRow {
  return { ...send, id: outboxId, status: 'sending', timestamp: send.acceptedAt, attempts: 1, error: null };
}
