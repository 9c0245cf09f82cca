import type { IncomingMessage, ServerResponse } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { invalid } from '../response/errors.ts';
import { pump, type Sink } from './pump.ts';
import type { EndReason, Stream } from './stream.ts';
import type { StreamOptions } from './streams.ts';
import { UpgradeResponse } from './upgrade.ts';

/** What clients send is ignored, so a small limit is enough. */
const maxPayload = 4 * 1024;

/** RFC 6455, 7.4.1 and the IANA registry: 1013 means try again later. */
const closeCodes = {
  left: 1000,
  shutdown: 1001,
  revoked: 1008,
  fault: 1011,
  slow_reader: 1013,
} as const satisfies Record<EndReason, number>;

/**
 * Upgrades a request to a WebSocket after `permitted` has resolved, which is called only for a valid handshake; throws
 * a `validation_error` when the request is not for a WebSocket.
 */
export async function accept(
  request: IncomingMessage,
  response: ServerResponse,
  permitted: () => Promise<void>,
): Promise<WebSocket> {
  if (!(response instanceof UpgradeResponse)) {
    throw invalid('Upgrade', ['Upgrade must be websocket: this path only accepts WebSocket connections']);
  }
  const completing: (() => void)[] = [];
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload,
    // Called before `handleUpgrade` returns, or not at all; calling `verified` completes the handshake.
    verifyClient: (_, verified: (isPermitted: boolean) => void) => completing.push(() => verified(true)),
  });
  // With a listener, the library leaves the response to us.
  server.once('wsClientError', () => undefined);
  const accepted: WebSocket[] = [];
  // Calls back before `complete` returns, or not at all.
  server.handleUpgrade(request, request.socket, response.head, (socket) => accepted.push(socket));
  const [complete] = completing;
  if (complete !== undefined) {
    await permitted();
    complete();
  }
  const [socket] = accepted;
  if (socket === undefined) {
    // RFC 6455, 4.4: it tells a client of another version which one is supported.
    response.setHeader('Sec-WebSocket-Version', '13');
    throw invalid('Upgrade', ['Upgrade must be a WebSocket handshake of version 13']);
  }
  return socket;
}

/** Sends batches over a WebSocket, one frame for each text. */
export async function sendFrames<Batch>(
  socket: WebSocket,
  request: IncomingMessage,
  stream: Stream,
  batches: AsyncIterable<Batch>,
  textsOf: (batch: Batch) => Iterable<string>,
  options: StreamOptions,
): Promise<void> {
  // Such as a frame that is too large; the library closes with 1009.
  socket.on('error', () => stream.end('left'));
  socket.once('close', () => stream.end('left'));
  const { promise: closed, resolve: onClose } = Promise.withResolvers<void>();
  socket.once('close', onClose);
  keepAlive(socket, stream, options.pingMs);
  const sink: Sink<Batch> = {
    writable: request.socket,
    *write(batch) {
      for (const text of textsOf(batch)) yield socket.send(text);
    },
  };
  await pump(stream, batches, sink, options.slowReaderTimeoutMs);
  close(socket, stream.reason ?? 'left', options.closeTimeoutMs);
  await closed;
}

/** Terminates a connection that has not answered a ping by the time of the next one. */
function keepAlive(socket: WebSocket, stream: Stream, pingMs: number): void {
  let hasAnswered = true;
  socket.on('pong', () => {
    hasAnswered = true;
  });
  stream.every(pingMs, () => {
    if (!hasAnswered) return socket.terminate();
    // A ping would be delayed by the buffered data; the slow reader timeout covers that case.
    if (socket.bufferedAmount > 0) return;
    hasAnswered = false;
    socket.ping();
  });
}

function close(socket: WebSocket, reason: EndReason, closeTimeoutMs: number): void {
  socket.close(closeCodes[reason], reason);
  const deadline = setTimeout(() => socket.terminate(), closeTimeoutMs);
  socket.once('close', () => clearTimeout(deadline));
}
