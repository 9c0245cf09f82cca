import * as v from 'valibot';
import { organizationAccess } from '../auth/route-access.ts';
import { nothing } from '../request/input.ts';
import { streamRoute } from '../routing/stream-route.ts';
import { EnvelopeSchema } from '../streams/envelope.ts';
import { EventIdSchema, filterParameters, LastEventIdSchema } from '../streams/filters.ts';
import { sendEvents } from '../streams/sse.ts';
import { subscribe } from '../streams/subscription.ts';
import { anEvent } from './examples.ts';

export const streamEvents = streamRoute({
  id: 'streamEvents',
  path: '/api/v1/events',
  summary: "Stream the organization's events as server-sent events",
  description: `The response does not end: \`id\` is the event's id, \`event\` its name, \`data\` the event as JSON. An \`id\` without \`data\` only advances the position to resume from, and a comment is sent every 15 s.

The stream starts with new events, or after the event that \`Last-Event-ID\` or \`after\` names. Events are delivered at least once, in order. \`auth.qr\`, \`auth.code\` and \`auth.passkey\` also require the capability \`manage\`.`,
  access: organizationAccess('read'),
  reads: {
    ...nothing,
    query: v.strictObject({ ...filterParameters, after: v.optional(EventIdSchema) }),
    headers: v.object({ 'Last-Event-ID': LastEventIdSchema }),
  },
  status: 200,
  mediaTypes: ['text/event-stream'],
  returns: EnvelopeSchema,
  example: `id: ${anEvent.id}\nevent: ${anEvent.event}\ndata: ${JSON.stringify(anEvent)}\n\n`,
  handler: async ({ principal, query, headers }, ctx, { streams, events, now }) => {
    const reader = {
      ...principal,
      capabilities: [...principal.capabilities],
      sessions: query.session ?? null,
      events: query.event ?? null,
      // A browser reconnects to the same URL, `after` included; the header has its newer position.
      after: headers['Last-Event-ID'] ?? query.after ?? null,
    };
    await streams.serve(reader, {
      requestId: ctx.state.requestId,
      kind: 'sse',
      batches: ({ signal }) => subscribe(reader, { events, now, signal }),
      transport: (stream, batches) => {
        ctx.respond = false;
        return sendEvents(ctx.res, stream, batches, streams.options);
      },
    });
  },
});
