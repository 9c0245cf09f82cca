import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Key } from '../../../../src/store/contract.ts';
import { openRedisStore } from '../../../../src/store/engine/redis/store.ts';
import { sharedRedis } from '../../../support/redis/redis-server.ts';

const log: Key = ['acme', 'events'];

test('a log in Redis that is broken goes on where no reader has been, and tells of the hole, also twice', async () => {
  await using space = await sharedRedis();
  await using store = await openRedisStore({ url: space.url, prefix: space.keyPrefix });
  const append = async () => {
    const result = await store.commit({ appends: [{ log, value: Buffer.from('x'), maxEntries: 10 }] });
    assert(result.ok);
    return result.cursors[0] ?? '';
  };
  await store.breakLog(log);
  assert.equal(await store.tail(log), null);
  const before = await append();
  for (let times = 0; times < 2; times += 1) {
    await store.breakLog(log);
    const empty = await store.read(log, { after: before, limit: 10 });
    assert.deepEqual(empty, { entries: [], trimmedThrough: await store.tail(log) });
  }
  const first = await append();

  const { entries, trimmedThrough } = await store.read(log, { after: before, limit: 10 });
  assert.deepEqual(
    entries.map(({ cursor }) => cursor),
    [first],
  );
  assert.equal(Number(first), Number(trimmedThrough) + 1);
  assert(Number(first) > Number(before) + 1_000_000_000);
});
