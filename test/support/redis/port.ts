import { once } from 'node:events';
import { createServer } from 'node:net';

/** A Redis that is a node of a cluster takes the port that is this much higher besides its own. */
const clusterPortOffset = 10_000;
const highestPort = 65_535 - clusterPortOffset;
const patienceMs = 10_000;

/** Another program listens on the port. */
export class PortTakenError extends Error {
  override readonly name = 'PortTakenError';
}

/** A port of 127.0.0.1 that the system has chosen. Another program may take it before it is used. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const closed = once(server, 'close');
  server.close();
  await closed;
  if (address === null || typeof address === 'string') throw new Error('a listening server has a port');
  return address.port > highestPort ? freePort() : address.port;
}

/** The result of `start`, which is called again while it rejects with a `PortTakenError`, until patience ends. */
export async function untilPortIsFree<T>(start: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      return await start();
    } catch (error) {
      if (!(error instanceof PortTakenError) || performance.now() > deadline) throw error;
    }
  }
}
