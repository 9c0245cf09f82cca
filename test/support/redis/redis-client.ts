import { createClient } from 'redis';

/** A client of a Redis, connected once: it does not connect anew. */
type RedisClient = Awaited<ReturnType<typeof connect>>;

/** Connects for as long as `use` takes, and closes. */
export async function withRedis<T>(url: string, use: (client: RedisClient) => Promise<T>): Promise<T> {
  const client = await connect(url);
  try {
    return await use(client);
  } finally {
    client.destroy();
  }
}

/** Rejects unless a Redis answers there. */
export async function checkRedis(url: string): Promise<void> {
  await withRedis(url, (client) => client.ping());
}

async function connect(url: string) {
  const client = createClient({ url, socket: { reconnectStrategy: false } });
  // What goes wrong is told to the caller of each command, too.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
