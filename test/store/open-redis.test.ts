import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { readConfig } from '../../src/config.ts';
import type { Key } from '../../src/store/contract.ts';
import { openRedisStore } from '../../src/store/engine/redis/store.ts';
import { openStore } from '../../src/store/open-store.ts';
import { nodeLeases } from '../../src/store/records/cluster/node-leases.ts';
import { runMasterKey } from '../support/gateway/master-key-command.ts';
import { withRedis } from '../support/redis/redis-client.ts';
import { startRedis } from '../support/redis/redis-server.ts';
import { temporaryDataDirectory } from '../support/store/data-directory.ts';
import { put, texts } from './contract/support.ts';

const key: Key = ['acme', 'x'];

function settingsOf(url: string, MASTER_KEY = randomBytes(32).toString('hex')): NodeJS.ProcessEnv {
  return { REDIS_URL: url, MASTER_KEY };
}

function open(settings: NodeJS.ProcessEnv, warnings: string[] = []) {
  return openStore(readConfig(settings), { as: 'visitor', onWarning: (sentence) => warnings.push(sentence) });
}

test('all who have the master key share what is stored; another key is refused with the id of the right one', async () => {
  await using redis = await startRedis();
  const settings = settingsOf(redis.url);
  await using first = await open(settings);
  await put(first, key, 'shared');

  await using second = await open(settings);

  assert.deepEqual(await texts(second, [key]), ['shared']);
  await assert.rejects(
    open(settingsOf(redis.url)),
    /Error: The store in Redis at .* is encrypted with another master key \(id .*\)/,
  );
});

test('nothing is stored in Redis in plaintext', async () => {
  await using redis = await startRedis();
  await using store = await open(settingsOf(redis.url));

  await put(store, key, 'a canary in clear');

  const dump = await withRedis(redis.url, (client) => client.hGetAll('troupe:{acme}:entries'));
  assert.equal(Object.keys(dump).length, 1);
  assert.doesNotMatch(JSON.stringify(dump), /canary/);
});

test('a Redis that may throw entries away is refused, with a word on what to set', async () => {
  await using redis = await startRedis({ 'maxmemory-policy': 'allkeys-lru' });

  await assert.rejects(
    open(settingsOf(redis.url)),
    /maxmemory-policy allkeys-lru\)\. Set maxmemory-policy to noeviction/,
  );
});

test('warnings say what a Redis may lose in a crash', async () => {
  const told: string[][] = [];
  for (const durability of [{}, { appendonly: 'yes' }, { appendonly: 'yes', appendfsync: 'always' }]) {
    await using redis = await startRedis(durability);
    const warnings: string[] = [];
    await using _ = await open(settingsOf(redis.url), warnings);
    told.push(warnings);
  }

  assert.match(told[0]?.join() ?? '', /keeps no append-only file/);
  assert.match(told[1]?.join() ?? '', /appendfsync everysec.*the last second/);
  assert.deepEqual(told[2], []);
});

test('a replica is refused', async () => {
  await using redis = await startRedis();
  const { hostname, port } = new URL(redis.url);
  await using replica = await startRedis({ replicaof: `${hostname} ${port}` });

  await assert.rejects(open(settingsOf(replica.url)), /names a replica, which takes no writes/);
});

test('the master key of a Redis is changed while no node lives, and not before', async () => {
  await using redis = await startRedis();
  await using directory = await temporaryDataDirectory();
  const MASTER_KEY = randomBytes(32).toString('hex');
  const MASTER_KEY_NEXT = randomBytes(32).toString('hex');
  const settings = { ...settingsOf(redis.url, MASTER_KEY), DATA_DIR: directory.path };
  await using store = await open(settings);
  await put(store, key, 'kept');
  const node = { incarnation: 'one', nodeId: 'one', state: 'running', sessions: 0 } as const;
  await nodeLeases(store).join(node);

  const refused = await runMasterKey({ ...settings, MASTER_KEY_NEXT });
  await nodeLeases(store).leave(node);
  const changed = await runMasterKey({ ...settings, MASTER_KEY_NEXT });

  assert.match(refused.stderr, /A gateway runs on this Redis/);
  assert.equal(changed.code, 0, changed.stderr);
  await assert.rejects(open(settings), /encrypted with another master key/);
  await using next = await open(settingsOf(redis.url, MASTER_KEY_NEXT));
  assert.deepEqual(await texts(next, [key]), ['kept']);
});

test('an address at which no Redis answers is named, without its password', async () => {
  await using redis = await startRedis();
  await redis.kill();
  const { port } = new URL(redis.url);

  await assert.rejects(openRedisStore({ url: redis.url, connectTimeoutMs: 300 }), /ECONNREFUSED/);
  assert.equal(readConfig({ REDIS_URL: `redis://:secret@127.0.0.1:${port}` }).storePath.includes('secret'), false);
});
