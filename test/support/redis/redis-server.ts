import { randomUUID } from 'node:crypto';
import { findRedis } from './find-redis.ts';
import { withRedis } from './redis-client.ts';
import type { RedisServer, RedisSettings, RedisSource } from './redis-source.ts';

let source: Promise<RedisSource> | null = null;
let shared: Promise<RedisServer> | null = null;

/** Starts a Redis for one test, found as `findRedis` says. Rejects if there is none, or with its log if it ends. */
export async function startRedis(settings: RedisSettings = {}): Promise<RedisServer> {
  source ??= findRedis();
  return (await source).start(settings);
}

/** A part of a Redis that other tests use, too. Disposing of it deletes the keys that begin with the prefix. */
export interface KeySpace extends AsyncDisposable {
  readonly url: string;
  readonly keyPrefix: string;
}

/** A key space of its own in a Redis that all tests of this process share, and that ends after them. */
export async function sharedRedis(): Promise<KeySpace> {
  shared ??= startRedis();
  const { url } = await shared;
  const keyPrefix = `test-${randomUUID()}:`;
  return { url, keyPrefix, [Symbol.asyncDispose]: () => deleteKeys(url, keyPrefix) };
}

async function deleteKeys(url: string, prefix: string): Promise<void> {
  await withRedis(url, async (client) => {
    for await (const keys of client.scanIterator({ MATCH: `${prefix}*`, COUNT: 1_000 })) {
      if (keys.length > 0) await client.unlink(keys);
    }
  });
}
