import { checkRedis } from './redis-client.ts';
import type { RedisServer, RedisSettings, RedisSource } from './redis-source.ts';

/** A Redis that somebody else runs. Tests may use it, but neither set it up nor end it. */
export function foreignRedis(url: string): RedisSource {
  return { name: 'server', start: (settings) => useServer(url, settings) };
}

async function useServer(url: string, settings: RedisSettings): Promise<RedisServer> {
  if (Object.keys(settings).length > 0) refuse(`be given ${Object.keys(settings).join(', ')}`);
  await checkRedis(url);
  return {
    url,
    kill: async () => refuse('be killed'),
    start: async () => refuse('be started'),
    pause: async () => refuse('be paused'),
    resume: async () => refuse('be resumed'),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** The address is not told: it may contain a password. */
function refuse(what: string): never {
  throw new Error(
    `the server that TEST_REDIS names belongs to somebody else and cannot ${what}: use another TEST_REDIS`,
  );
}
