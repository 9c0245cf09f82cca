import { createServer, type IncomingMessage, type RequestListener, type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Network } from '../network.ts';
import { serveConnection } from './serve-connection.ts';

/** The WebSocket path, as on the real service. */
export const WEBSOCKET_PATH = '/ws/chat';
/** More than the largest accepted frame (4 MiB) with its header. */
const LARGEST_MESSAGE = 4 * 1024 * 1024 + 1024;
const LARGEST_CONNECTION_COUNT = 10_000;

/** A listening server: WebSockets for clients, and plain HTTP. */
export interface SimulatorServer {
  readonly port: number;
  close(): Promise<void>;
}

/** @param port 0 for any free port. Rejects when the port is taken. */
export async function listen(
  network: Network,
  http: RequestListener,
  host: string,
  port: number,
): Promise<SimulatorServer> {
  const server = createServer(http);
  server.maxConnections = LARGEST_CONNECTION_COUNT;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: LARGEST_MESSAGE, perMessageDeflate: false });
  const connections = new Set<Promise<void>>();
  server.on('upgrade', (request, transport, head) => {
    const status = refusal(request, network);
    if (status !== undefined) return refuse(transport, status);
    sockets.handleUpgrade(request, transport, head, (socket) => {
      const connection = serveConnection(socket, transport, network).finally(() => connections.delete(connection));
      connections.add(connection);
    });
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  const close = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of sockets.clients) socket.terminate();
    server.closeAllConnections();
    await Promise.all([closed, ...connections]);
  };
  return { port: portOf(server), close };
}

/** The HTTP status with which the upgrade is refused; undefined when it is accepted. */
function refusal(request: IncomingMessage, network: Network): number | undefined {
  const path = URL.parse(request.url ?? '/', 'ws://simulator')?.pathname;
  return path === WEBSOCKET_PATH ? network.faults.forUpgrade()?.status : 404;
}

function refuse(transport: Duplex, status: number): void {
  transport.on('error', () => transport.destroy());
  transport.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
  );
}

function portOf(server: Server): number {
  const address = server.address();
  return address === null || typeof address === 'string' ? 0 : address.port;
}
