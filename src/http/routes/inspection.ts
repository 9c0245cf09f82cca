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

/** An XState machine configuration, with nested states. */
const DefinitionSchema = v.looseObject({ id: v.string(), type: v.string(), states: v.looseObject({}) });

export const getDefinition = route({
  id: 'getSessionDefinition',
  method: 'GET',
  path: '/api/v1/sessions/{session}/inspect/definition',
  summary: "Get the session's state machine as JSON, SVG or a Mermaid diagram",
  description: `The JSON is an XState configuration with guards, actions and actors by name. In the SVG every state is an element of the class \`state\` whose \`id\` is the path of the state, such as \`lifecycle.online.connected\`, so that a page can highlight the active states of an inspected snapshot.`,
  access: sessionAccess('manage'),
  reads: nothing,
  status: 200,
  returns: DefinitionSchema,
  examples: { answer: { machine: { id: 'session', type: 'parallel', states: {} } } },
  representations: {
    'image/svg+xml': () => svgOf(sessionChart),
    'text/vnd.mermaid': async () => mermaidOf(sessionChart),
  },
  handler: async () => v.parse(DefinitionSchema, sessionDefinition),
});

export const inspectSession = streamRoute({
  id: 'inspectSession',
  path: '/api/v1/sessions/{session}/inspect',
  summary: "Stream the session's state machine over a WebSocket, in the wire format of the Stately inspector",
  description: `A WebSocket handshake (RFC 6455), with a key, or with a \`ticket\` in the query as for \`/api/v1/realtime\`. Every text frame is one inspection event in the format of \`@statelyai/inspect\` ${wireVersion}. The first frames show the actors and their current states. Events are reduced to their names, and contexts to counters, times and words from fixed lists: no message, key, code or phone number is sent.

The stream ends like an event stream, and with 1001 also when the session moves to another node, is deleted or restarts. A client that reconnects gets the current state.`,
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

/** All readers of a session get the same frames, which are serialized once. */
const texts = new WeakMap<Frame, string>();

function textOf(frame: Frame): string {
  const text = texts.get(frame) ?? JSON.stringify(frame);
  texts.set(frame, text);
  return text;
}
