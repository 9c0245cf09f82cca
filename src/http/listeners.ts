import { once } from 'node:events';
import type { Server } from 'node:http';
import { Server as TcpServer } from 'node:net';

/**
 * Sockets that listen on the same port. Node accepts one connection per socket in a turn of the event loop, and under
 * load a turn takes some 10 ms: with a single socket, new clients would wait seconds for their connection.
 */
const count = process.platform === 'linux' ? 32 : 1;

/** The kernel's queue of connections to accept, per socket; the kernel may limit it further. */
const backlog = 1_024;

export interface Listeners {
  /** The actual port. */
  readonly port: number;
  /**
   * Stops accepting connections; resolves when all are closed. The HTTP server's own `close` would also close idle
   * connections at once, including just accepted ones whose request is still in transit.
   */
  close(): Promise<void>;
}

interface ListenOptions {
  host: string;
  /** 0 lets the system choose. */
  port: number;
  maxConnections: number;
  /** Cancels the start, such as a slow DNS lookup of `host`. */
  signal?: AbortSignal | undefined;
}

/**
 * Lets a server listen; rejects when it cannot, such as for a port in use, and with the signal's reason when that
 * aborts. After a rejection nothing listens.
 */
export async function listen(server: Server, options: ListenOptions): Promise<Listeners> {
  const { port, maxConnections } = options;
  if (port !== 0) await requireFree(options);
  const others = Array.from({ length: count - 1 }, () => new TcpServer((socket) => server.emit('connection', socket)));
  const all: readonly TcpServer[] = [server, ...others];
  try {
    await listenAll(server, others, options);
  } catch (error) {
    for (const one of all) one.close();
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

/** With `reusePort` a second gateway on the same port would silently take half of the requests. */
async function requireFree({ host, port, signal }: ListenOptions): Promise<void> {
  const probe = new TcpServer();
  try {
    await listening(probe, { host, port }, signal);
  } finally {
    probe.close();
  }
  await once(probe, 'close');
}

/** All of them listen on the port that the first one gets. */
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
  try {
    await once(server, 'listening', { signal });
  } catch (error) {
    // Node rejects with an error of its own, which has the reason only as its cause.
    signal?.throwIfAborted();
    throw error;
  }
}

function portOf(server: TcpServer): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
