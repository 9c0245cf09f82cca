import type { IncomingMessage, ServerResponse } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { invalid } from '../response/errors.ts';
import { pump, type Sink } from './pump.ts';
import type { EndReason, Stream } from './stream.ts';
import type { StreamOptions } from './streams.ts';
import { UpgradeResponse } from './upgrade.ts';

/** Nothing that a client sends is looked at; this much of it is let in at once. */
const maxPayload = 4 * 1024;

/** RFC 6455, 7.4.1, and from the registry it founded: 1013 asks to try again later. */
const closeCodes = {
  left: 1000,
  shutdown: 1001,
  revoked: 1008,
  fault: 1011,
  slow_reader: 1013,
} as const satisfies Record<EndReason, number>;

/**
 * Turns the connection of a request into a WebSocket once it is `permitted`, which is asked only when the handshake is
 * valid; throws a `validation_error` when the request is not for a WebSocket.
 */
export async function accept(
  request: IncomingMessage,
  response: ServerResponse,
  permitted: () => Promise<void>,
): Promise<WebSocket> {
  if (!(response instanceof UpgradeResponse)) {
    throw invalid('Upgrade', ['Upgrade must be websocket: this address is for WebSockets only']);
  }
  const completing: (() => void)[] = [];
  const server = new WebSocketServer({
    ...{ noServer: true, clientTracking: false, maxPayload },
    // Called before `handleUpgrade` returns, or not at all; what it is given completes the handshake.
    verifyClient: (_, verified: (isPermitted: boolean) => void) => completing.push(() => verified(true)),
  });
  // With a listener it leaves the answer to us.
  server.once('wsClientError', () => undefined);
  const accepted: WebSocket[] = [];
  // Calls back before the completion returns, or not at all.
  server.handleUpgrade(request, request.socket, response.head, (socket) => accepted.push(socket));
  const [complete] = completing;
  if (complete !== undefined) {
    await permitted();
    complete();
  }
  const [socket] = accepted;
  if (socket === undefined) {
    // RFC 6455, 4.4: a client of another version learns from it which one to take.
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
  // Among the errors is a frame that is too large; the library answers it with 1009.
  socket.on('error', () => stream.end('left'));
  socket.once('close', () => stream.end('left'));
  const { promise: closed, resolve: onClose } = Promise.withResolvers<void>();
  socket.once('close', onClose);
  keepAlive(socket, stream, options.pingMs);
  const outlet: Sink<Batch> = {
    sink: request.socket,
    *write(batch) {
      for (const text of textsOf(batch)) yield socket.send(text);
    },
  };
  await pump(stream, batches, outlet, options.patienceMs);
  close(socket, stream.reason ?? 'left', options.lastWordsMs);
  await closed;
}

/** Ends a connection whose other side does not answer to a ping until the next one. */
function keepAlive(socket: WebSocket, stream: Stream, pingMs: number): void {
  let hasAnswered = true;
  socket.on('pong', () => {
    hasAnswered = true;
  });
  stream.every(pingMs, () => {
    if (!hasAnswered) return socket.terminate();
    // Behind what waits to be sent a ping would come too late; there is another patience for that.
    if (socket.bufferedAmount > 0) return;
    hasAnswered = false;
    socket.ping();
  });
}

function close(socket: WebSocket, reason: EndReason, lastWordsMs: number): void {
  socket.close(closeCodes[reason], reason);
  const deadline = setTimeout(() => socket.terminate(), lastWordsMs);
  socket.once('close', () => clearTimeout(deadline));
}
