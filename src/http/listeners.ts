import { once } from 'node:events';
import type { Server } from 'node:http';
import { Server as TcpServer } from 'node:net';

/**
 * Sockets that listen on the same port. Node accepts one connection of each in a turn of the event loop, and under load
 * a turn takes some 10 ms: with a single one, whoever has no connection yet would wait in front of the door for seconds.
 */
const count = process.platform === 'linux' ? 32 : 1;

/** Connections that wait in the system to be accepted, for each of them; the system has a limit of its own. */
const backlog = 1_024;

export interface Listeners {
  /** The port that is listened on. */
  readonly port: number;
  /**
   * Accepts nothing more; resolves when all connections are gone. HTTP's own way to close ends at once every connection
   * without a request, also those that were accepted this moment and whose request is on its way.
   */
  close(): Promise<void>;
}

interface ListenOptions {
  host: string;
  /** 0 lets the system choose. */
  port: number;
  /** One more is not accepted. */
  maxConnections: number;
  /** Ends the wait for a name server. */
  signal?: AbortSignal | undefined;
}

/**
 * Lets a server listen; rejects when it cannot, also because somebody else does already, and with the reason of the
 * signal once it aborts. Nothing listens then.
 */
export async function listen(server: Server, options: ListenOptions): Promise<Listeners> {
  const { port, maxConnections, signal } = options;
  if (port !== 0) await requireFree(options);
  const others = Array.from({ length: count - 1 }, () => new TcpServer((socket) => server.emit('connection', socket)));
  const all: readonly TcpServer[] = [server, ...others];
  try {
    await listenAll(server, others, options);
  } catch (error) {
    for (const one of all) one.close();
    signal?.throwIfAborted();
    throw error;
  }
  for (const one of all) one.maxConnections = Math.ceil(maxConnections / count);
  return {
    port: portOf(server),
    close: async () => {
      await Promise.all(all.map((one) => new Promise((resolve) => TcpServer.prototype.close.call(one, resolve))));
    },
  };
}

/** A port may be shared by those who agree to it; that a second gateway takes half of the callers is not meant. */
async function requireFree({ host, port, signal }: ListenOptions): Promise<void> {
  const probe = new TcpServer();
  try {
    await listening(probe, { host, port }, signal);
  } finally {
    probe.close();
  }
  await once(probe, 'close');
}

/** They share the port that the first one gets. */
async function listenAll(
  server: TcpServer,
  others: readonly TcpServer[],
  { host, port, signal }: ListenOptions,
): Promise<void> {
  const options = { host, backlog, reusePort: count > 1 };
  await listening(server, { ...options, port }, signal);
  const chosen = portOf(server);
  await Promise.all(others.map((other) => listening(other, { ...options, port: chosen }, signal)));
}

async function listening(server: TcpServer, options: object, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  server.listen(options);
  await once(server, 'listening', { signal });
}

function portOf(server: TcpServer): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
