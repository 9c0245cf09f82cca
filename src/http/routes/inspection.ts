import * as v from 'valibot';
import { type Frame, FrameSchema, wireVersion } from '../../actors/inspection/frame.ts';
import { sessionDefinition } from '../../actors/inspection/machine-definition.ts';
import { sessionChart } from '../../actors/inspection/statechart-graph.ts';
import { FrameBuffer } from '../../actors/inspection/subscriber.ts';
import { unwrap } from '../../domain/errors.ts';
import { sessionAccess, sessionTicketAccess } from '../auth/route-access.ts';
import { nothing } from '../request/input.ts';
import { route } from '../routing/route.ts';
import { streamRoute } from '../routing/stream-route.ts';
import { mermaidOf } from '../statechart/mermaid.ts';
import { svgOf } from '../statechart/svg.ts';
import { accept, sendFrames } from '../streams/websocket.ts';
import { aFrame } from './examples.ts';

/** An XState configuration; its states are nested as deeply as the machine's. */
const DefinitionSchema = v.looseObject({ id: v.string(), type: v.string(), states: v.looseObject({}) });

export const getDefinition = route({
  id: 'getSessionDefinition',
  method: 'GET',
  path: '/api/v1/sessions/{session}/inspect/definition',
  summary: "Get the session's state machine: as JSON, as a picture, or as a Mermaid diagram",
  description: `The JSON is an XState configuration with guards, actions and actors by their names. In the picture every state is an element with the class \`state\` whose \`id\` is the path of the state, such as \`lifecycle.online.connected\`: a page that shows it can tell from an inspected snapshot which ones are active.`,
  access: sessionAccess('manage'),
  reads: nothing,
  status: 200,
  returns: DefinitionSchema,
  examples: { answer: { machine: { id: 'session', type: 'parallel', states: {} } } },
  pictures: { 'image/svg+xml': () => svgOf(sessionChart), 'text/vnd.mermaid': async () => mermaidOf(sessionChart) },
  handler: async () => v.parse(DefinitionSchema, sessionDefinition),
});

export const inspectSession = streamRoute({
  id: 'inspectSession',
  path: '/api/v1/sessions/{session}/inspect',
  summary: "Watch the session's state machine over a WebSocket, in the wire format of the Stately inspector",
  description: `A WebSocket handshake (RFC 6455), with a key, or with a \`ticket\` in the query as for \`/api/v1/realtime\`. Every text frame is one inspection event as \`@statelyai/inspect\` ${wireVersion} writes it, so that its receiver reads them. The first ones show the actors and the state that they are in. Events are told by their names, and of a context only counters, times and words out of fixed lists: no message, no key, no code, nobody's number.

It ends like an event stream; with 1001 also when the session moves to another node, is deleted or begins anew. Whoever comes back sees where it is then.`,
  access: sessionTicketAccess('manage'),
  reads: { ...nothing, query: v.strictObject({ ticket: v.optional(v.string()) }) },
  status: 101,
  mediaTypes: [],
  returns: FrameSchema,
  example: JSON.stringify(aFrame),
  handler: async ({ reader, address, redeem }, ctx, { streams, sessions }) => {
    await streams.serve(reader, {
      requestId: ctx.state.requestId,
      kind: 'inspect',
      batches: async (stream) => {
        const queue = new FrameBuffer(() => stream.end('slow_reader'));
        const stop = unwrap(await sessions.watch(address, queue));
        stream.onEnd(() => {
          stop();
          queue.end();
        });
        return queue;
      },
      transport: async (stream, batches) => {
        const socket = await accept(ctx.req, ctx.res, redeem);
        ctx.respond = false;
        ctx.state.upgraded = true;
        await sendFrames(socket, ctx.req, stream, batches, (frames) => frames.map(textOf), streams.options);
      },
    });
  },
});

/** Whoever watches the same session gets the same frames, which are written once. */
const texts = new WeakMap<Frame, string>();

function textOf(frame: Frame): string {
  const text = texts.get(frame) ?? JSON.stringify(frame);
  texts.set(frame, text);
  return text;
}
