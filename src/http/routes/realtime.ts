import * as v from 'valibot';
import { organizationAccess, ticketAccess } from '../auth/route-access.ts';
import { nothing } from '../request/input.ts';
import { route } from '../routing/route.ts';
import { streamRoute } from '../routing/stream-route.ts';
import { EnvelopeSchema } from '../streams/envelope.ts';
import { EventIdSchema, FilterBodySchema } from '../streams/filters.ts';
import { type Batch, subscribe } from '../streams/subscription.ts';
import { accept, sendFrames } from '../streams/websocket.ts';
import { anEvent } from './examples.ts';

export const createTicket = route({
  id: 'createRealtimeTicket',
  method: 'POST',
  path: '/api/v1/realtime/ticket',
  summary: 'Get a single-use ticket that opens a WebSocket with these filters',
  access: organizationAccess('read', 'manage'),
  reads: { ...nothing, body: FilterBodySchema },
  status: 201,
  returns: v.strictObject({ ticket: v.string(), expiresAt: v.number() }),
  examples: {
    body: { filters: { events: ['message', 'message.status'] } },
    answer: { ticket: { ticket: '…', expiresAt: 1_795_400_960_000 } },
  },
  handler: async ({ principal, body: { sessions = null, events = null } }, { tickets }) => {
    const grant = { ...principal, capabilities: [...principal.capabilities], sessions, events };
    return tickets.issue(grant);
  },
});

export const openRealtime = streamRoute({
  id: 'openRealtime',
  path: '/api/v1/realtime',
  summary: "Stream the organization's events over a WebSocket, one text frame per event",
  description: `A WebSocket handshake (RFC 6455) with the \`ticket\` in the query, which can be used once. Every text frame is an event as JSON, in the schema \`Event\`. Frames from the client are ignored, but it must answer pings. \`since\` resumes after an event.

The close code is 1001 when the gateway shuts down, 1008 when the credential behind the ticket is revoked, 1011 for an internal error, and 1013 when the reader is too slow.`,
  access: ticketAccess('read'),
  reads: { ...nothing, query: v.strictObject({ ticket: v.string(), since: v.optional(EventIdSchema) }) },
  status: 101,
  mediaTypes: [],
  returns: EnvelopeSchema,
  example: JSON.stringify(anEvent),
  handler: async ({ grant, redeem, query }, ctx, { streams, events, now }) => {
    const reader = { ...grant, after: query.since ?? null };
    await streams.serve(reader, {
      requestId: ctx.state.requestId,
      kind: 'websocket',
      batches: ({ signal }) => subscribe(reader, { events, now, signal }),
      transport: async (stream, batches) => {
        const socket = await accept(ctx.req, ctx.res, redeem);
        ctx.respond = false;
        ctx.state.upgraded = true;
        await sendFrames(socket, ctx.req, stream, batches, textsOf, streams.options);
      },
    });
  },
});

function textsOf({ envelopes }: Batch): string[] {
  return envelopes.map((envelope) => JSON.stringify(envelope));
}
