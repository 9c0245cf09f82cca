import * as v from 'valibot';
import { eventNames } from '../../../domain/event.ts';
import { OutboxEntrySchema } from '../../response/present-outbox.ts';
import { LinkCodeSchema, SessionSchema } from '../../response/session-schema.ts';
import { payloads } from '../../streams/payloads.ts';

/**
 * The API's resources, from the gateway's own schemas. Unknown fields are ignored: during a rolling update a response
 * can come from a newer gateway.
 */
export const Session = v.object(SessionSchema.entries);
export const OutboxEntry = v.object(OutboxEntrySchema.entries);
export const LinkCode = v.object(LinkCodeSchema.entries);
export const GatewayEvent = v.object({
  id: v.string(),
  event: v.picklist(eventNames),
  /** Null for events about the stream itself. */
  session: v.nullable(v.string()),
  /** Epoch milliseconds. */
  timestamp: v.number(),
  payload: v.record(v.string(), v.unknown()),
});

/** The payloads of the events about a session's status and about a send. */
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

/** The schema of a response without a body. */
export const Nothing = v.undefined();

/** The path of a session, or of a resource below it, relative to the API. */
export function pathOf(session: string, rest = ''): string {
  return `sessions/${encodeURIComponent(session)}${rest}`;
}
