import * as v from 'valibot';
import { ChatTimerSchema } from './chat-timer.ts';
import { type Contact, ContactSchema, contactOf, publicJid } from './contact.ts';
import { OrganizationSchema, TraceIdSchema, UlidSchema } from './id-schemas.ts';
import type { Known } from './known.ts';
import { StoredContentSchema } from './message.ts';

/** The statuses of a send in order; `failed` is final and means refused, expired, cancelled or never acknowledged. */
const sendStatuses = ['queued', 'sending', 'sent', 'delivered', 'read', 'played', 'failed'] as const;

export type SendStatus = (typeof sendStatuses)[number];

const SendModeSchema = v.picklist(['sync', 'async']);

export type SendMode = v.InferOutput<typeof SendModeSchema>;

/**
 * One accepted send. `waMessageId` is chosen at acceptance and used for every attempt. `timestamp` is when `status`
 * was reached, in epoch milliseconds: WhatsApp's own time once it acknowledged. `attempts` counts the times that the
 * send was handed to a socket. `idempotency` is the hash of the caller's key.
 */
export const OutboxRowSchema = v.looseObject({
  id: UlidSchema,
  organization: OrganizationSchema,
  session: UlidSchema,
  waMessageId: v.string(),
  mode: SendModeSchema,
  /** The recipient as the caller gave it. */
  to: v.string(),
  /** Whom WhatsApp knows by that address, once it has said so. */
  contact: v.optional(ContactSchema),
  content: StoredContentSchema,
  idempotency: v.nullable(v.string()),
  /** The number (its JID) that it was accepted for; it is never sent from another one. */
  account: v.nullable(v.string()),
  status: v.picklist(sendStatuses),
  timestamp: v.number(),
  attempts: v.number(),
  /** Attempts that WhatsApp left unanswered although the connection held. */
  unanswered: v.optional(v.number(), 0),
  error: v.nullable(v.looseObject({ code: v.string(), message: v.string() })),
  /** The furthest receipt that arrived before WhatsApp's acknowledgement, and proves that it accepted the message. */
  early: v.nullable(v.looseObject({ status: v.picklist(sendStatuses), timestamp: v.number() })),
  acceptedAt: v.number(),
  /**
   * What WhatsApp's clients derive keys from for what is added to the message later, in base64, 32 bytes; absent in rows of
   * releases that did not store it.
   */
  secret: v.optional(v.string()),
  /** After how long messages of its chat disappeared when it began; absent when they stayed. Groups have theirs elsewhere. */
  timer: v.optional(ChatTimerSchema),
  /** The trace of the request that it was accepted from; null for one of a release without traces. */
  traceId: v.optional(v.nullable(TraceIdSchema), null),
  /** When it was restored from a backup as a queued send: it may have been sent after the backup. */
  restoredAt: v.optional(v.number()),
});

export type OutboxRow = Known<v.InferOutput<typeof OutboxRowSchema>>;

/** Whom a send goes to: a person, or a group as a contact of its own. */
export function recipientOf({ to, contact }: Pick<OutboxRow, 'to' | 'contact'>): Contact {
  return contact ?? contactOf(to);
}

/** The address of the chat on the wire, which devices know the message by: the LID of a person who has one. */
export function chatOnWire(row: Pick<OutboxRow, 'to' | 'contact'>): string {
  const { jid, lid } = recipientOf(row);
  return lid ?? jid ?? row.to;
}

/** What a caller gets back for a send. */
export const SendResultSchema = v.strictObject({
  mode: SendModeSchema,
  outboxId: v.string(),
  replayed: v.pipe(v.boolean(), v.description('Whether this is the result of an earlier request with the same key')),
  status: v.picklist(sendStatuses),
  timestamp: v.pipe(v.number(), v.description('When `status` was reached, in epoch milliseconds')),
  waMessageId: v.string(),
  chatJid: v.pipe(
    v.string(),
    v.description('The chat that it goes to, which may have another address than the request gave'),
  ),
});

export type SendResult = v.InferOutput<typeof SendResultSchema>;

export function toSendResult(row: OutboxRow, replayed = false): SendResult {
  const { id, mode, status, timestamp, waMessageId } = row;
  return { mode, outboxId: id, replayed, status, timestamp, waMessageId, chatJid: publicJid(recipientOf(row)) };
}

/** What a caller gets back, and whether its idempotency key was used before with another body or session. */
export interface SendAnswer {
  result: SendResult;
  mismatch: boolean;
}

/** Whether the result of the send is known: it is never dispatched again. */
export function isSettled(row: OutboxRow): boolean {
  return row.status !== 'queued' && row.status !== 'sending';
}

/**
 * Attempts after which a send in doubt is given up: those that WhatsApp left unanswered, and all of them. A lost
 * connection or a killed process says little about the message, so more attempts are allowed then.
 */
const maxUnanswered = 3;
const maxAttempts = 10;

/** Whether a send in doubt is to be given up. */
export function isExhausted({ attempts, unanswered }: OutboxRow): boolean {
  return unanswered >= maxUnanswered || attempts >= maxAttempts;
}

/** Whether content is exempt from the rate limit: an edit replaces a message that was counted. */
export function takesNoToken(content: OutboxRow['content']): boolean {
  return content.type === 'edit';
}

/** Whether a status comes after another; a late receipt does not move a send backwards. */
export function isFurther(status: SendStatus, than: SendStatus): boolean {
  return than !== 'failed' && sendStatuses.indexOf(status) > sendStatuses.indexOf(than);
}

/** A recipient's proof that a message has reached a status. `timestamp` in epoch milliseconds. */
export interface Receipt {
  waMessageId: string;
  status: SendStatus;
  timestamp: number;
}
