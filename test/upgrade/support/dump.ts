import { RESP_TYPES } from 'redis';
import { withRedis } from '../../support/redis/redis-client.ts';
import type { Fixture } from './fixture.ts';

/** Every key of a Redis, in the form in which another one, of the same age or newer, takes it. */
export function dumpRedis(url: string): Promise<Fixture['redis']> {
  return withRedis(url, async (client) => {
    const binary = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
    const dumped: Fixture['redis'] = [];
    for await (const keys of binary.scanIterator()) {
      for (const key of keys) {
        dumped.push({ key: key.toString('base64'), value: (await binary.dump(key)).toString('base64') });
      }
    }
    return dumped;
  });
}

/** Puts into an empty Redis what `dumpRedis` took out of another one. */
export async function restoreRedis(url: string, dumped: Fixture['redis']): Promise<void> {
  await withRedis(url, async (client) => {
    for (const { key, value } of dumped) {
      await client.sendCommand(['RESTORE', Buffer.from(key, 'base64'), '0', Buffer.from(value, 'base64')]);
    }
  });
}
