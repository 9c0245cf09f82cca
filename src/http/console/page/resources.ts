import * as v from 'valibot';
import { eventNames } from '../../../domain/event.ts';
import { OutboxEntrySchema } from '../../response/present-outbox.ts';
import { LinkCodeSchema, SessionSchema } from '../../response/session-schema.ts';
import { payloads } from '../../streams/payloads.ts';

/**
 * What the API answers with, by the gateway's own schemas. Fields that this page does not know are left aside: while
 * gateways are updated one after the other, an answer can come from a newer one.
 */
export const Session = v.object(SessionSchema.entries);
export const OutboxEntry = v.object(OutboxEntrySchema.entries);
export const LinkCode = v.object(LinkCodeSchema.entries);
export const GatewayEvent = v.object({
  id: v.string(),
  event: v.picklist(eventNames),
  /** Null for what is about the stream itself. */
  session: v.nullable(v.string()),
  /** Epoch milliseconds. */
  timestamp: v.number(),
  payload: v.record(v.string(), v.unknown()),
});

/** What an event tells of a session's status, or of a send. */
export const SessionStatus = v.object(payloads['session.status'].entries);
export const SendStatus = v.object(payloads['message.status'].entries);

export type Session = v.InferOutput<typeof Session>;
export type OutboxEntry = v.InferOutput<typeof OutboxEntry>;
export type LinkCode = v.InferOutput<typeof LinkCode>;
export type GatewayEvent = v.InferOutput<typeof GatewayEvent>;

/** A page of a list. */
export function pageOf<const S extends v.GenericSchema>(item: S) {
  return v.object({ data: v.array(item), nextCursor: v.nullable(v.string()) });
}

/** The answer of a request that answers with nothing. */
export const Nothing = v.undefined();

/** The path of a session, or of something of it, below the API. */
export function pathOf(session: string, rest = ''): string {
  return `sessions/${encodeURIComponent(session)}${rest}`;
}
