import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { readConfig } from '../../../src/config.ts';
import type { Key } from '../../../src/store/contract.ts';
import { openStore } from '../../../src/store/open-store.ts';
import { eventually } from '../../support/eventually.ts';
import { withRedis } from '../../support/redis/redis-client.ts';
import { startRedis } from '../../support/redis/redis-server.ts';
import { put, texts } from '../contract/support.ts';

const known: Key = ['acme', 'x'];
const identity: Key = ['acme', 'credentials', 'S1'];

test('what is written after Redis has lost the newest data keys can be read by others', async () => {
  await using redis = await startRedis();
  const config = readConfig({ REDIS_URL: redis.url, MASTER_KEY: randomBytes(32).toString('hex') });
  await using store = await openStore(config, { as: 'visitor' });
  await put(store, known, 'kept');
  await withRedis(redis.url, (client) => client.sendCommand(['SAVE']));
  await put(store, identity, 'lost, and its data key, too');

  await redis.kill();
  await redis.start();
  await eventually(() => put(store, identity, 'written afterwards'));

  await using other = await openStore(config, { as: 'visitor' });
  assert.deepEqual(await texts(other, [known, identity]), ['kept', 'written afterwards']);
});

test('nothing is written to a Redis that has lost everything', async () => {
  await using redis = await startRedis();
  const config = readConfig({ REDIS_URL: redis.url, MASTER_KEY: randomBytes(32).toString('hex') });
  await using store = await openStore(config, { as: 'visitor' });
  await put(store, known, 'lost');

  await redis.kill();
  await redis.start();
  await eventually(async () => assert.equal(await store.get(known), null));

  await assert.rejects(put(store, known, 'nobody could read this'), /master key of the store was changed/);
});
