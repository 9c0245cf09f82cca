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
  summary: "Follow the organization's events, as server-sent events",
  description: `An answer that does not end: \`id\` is the event's id, \`event\` its name, \`data\` the event as JSON. An \`id\` without \`data\` only tells how far the stream has come, and there is a comment every 15 s.

It begins with what happens from now on, or behind the event that \`Last-Event-ID\` or \`after\` names. Events come at least once, in order. \`auth.qr\` and \`auth.code\` come only to whoever may also \`manage\`.`,
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
      // A browser that comes back asks for the same address as before, and tells in the header how far it had come.
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
