import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Key } from '../../../../src/store/contract.ts';
import { openRedisStore } from '../../../../src/store/engine/redis/store.ts';
import { eventually } from '../../../support/eventually.ts';
import { withRedis } from '../../../support/redis/redis-client.ts';
import { startRedis } from '../../../support/redis/redis-server.ts';
import { Relay } from '../../../support/redis/relay.ts';
import { bytes, put, texts } from '../../contract/support.ts';

const key: Key = ['acme', 'x'];
const log: Key = ['acme', 'events'];

test('a follower is woken again after its connection has gone silent without being closed', async () => {
  await using redis = await startRedis();
  await using relay = await Relay.open(redis.url);
  await using store = await openRedisStore({ url: relay.url });
  const abort = new AbortController();
  const seen: string[] = [];
  let at: string | undefined;
  const follow = async (): Promise<void> => {
    const options = { signal: abort.signal, ...(at !== undefined && { after: at }) };
    for await (const { entries } of store.follow(log, options)) {
      for (const { value, cursor } of entries) {
        seen.push(Buffer.from(value).toString());
        at = cursor;
      }
    }
  };
  // It ends when the store cannot be asked, and followers continue from there.
  const following = eventually(follow, 30_000);
  await store.commit({ appends: [{ log, value: bytes('before'), maxEntries: 10 }] });
  await eventually(() => assert.deepEqual(seen, ['before']));

  relay.freeze();
  await eventually(() => store.commit({ appends: [{ log, value: bytes('after'), maxEntries: 10 }] }), 15_000);

  await eventually(() => assert.deepEqual(seen, ['before', 'after']));
  abort.abort();
  await following;
});

test('who still is connected to a primary that became a replica finds the new one', async () => {
  await using former = await startRedis();
  await using next = await startRedis();
  await using relay = await Relay.open(former.url);
  await using store = await openRedisStore({ url: relay.url });
  await put(store, key, 'before');

  relay.pointTo(next.url);
  const { hostname, port } = new URL(next.url);
  await withRedis(former.url, (client) => client.sendCommand(['REPLICAOF', hostname, port]));

  await eventually(() => put(store, key, 'after'), 15_000);
  await using there = await openRedisStore({ url: next.url });
  assert.deepEqual(await texts(there, [key]), ['after']);
});
