import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOutboxRow } from '../../../../src/actors/api/create-outbox-row.ts';
import { GatewayError } from '../../../../src/domain/errors.ts';
import { newSessionId } from '../../../../src/domain/ids.ts';
import type { Key } from '../../../../src/store/contract.ts';
import { openRedisStore } from '../../../../src/store/engine/redis/store.ts';
import { outbox } from '../../../../src/store/records/outbox/outbox.ts';
import { eventually } from '../../../support/eventually.ts';
import { withRedis } from '../../../support/redis/redis-client.ts';
import { startRedis } from '../../../support/redis/redis-server.ts';
import { append, bytes, put, texts } from '../../contract/support.ts';

const key: Key = ['acme', 'x'];
const log: Key = ['acme', 'events'];

function queuedRow() {
  const content = { type: 'text' as const, text: 'hi', mentions: [], quoted: null };
  const send = {
    to: '6281234567890@s.whatsapp.net',
    content,
    idempotency: null,
    account: null,
    acceptedAt: Date.now(),
    traceId: null,
  };
  return createOutboxRow({ organization: 'acme', session: newSessionId() }, { mode: 'async', ...send });
}

function isUnavailable(reason: string) {
  return (error: unknown): boolean =>
    error instanceof GatewayError &&
    error.refusal.code === 'unavailable' &&
    error.refusal.details?.['reason'] === reason;
}

test('while Redis is gone every call is refused at once, and all goes on when it is back', async () => {
  await using redis = await startRedis({ appendonly: 'yes', appendfsync: 'always' });
  await using store = await openRedisStore({ url: redis.url });
  await put(store, key, 'kept');

  await redis.kill();
  const begunAt = performance.now();
  await assert.rejects(store.get(key), isUnavailable('store_unavailable'));
  await assert.rejects(store.commit({ deletes: [key] }), isUnavailable('store_unavailable'));
  const tookMs = performance.now() - begunAt;
  await redis.start();

  await eventually(async () => assert.deepEqual(await texts(store, [key]), ['kept']));
  await put(store, key, 'changed');
  assert.ok(tookMs < 1_700, `${tookMs} ms`);
});

test('a commit that Redis comes to after its caller has given up is not applied', async () => {
  await using redis = await startRedis();
  await using store = await openRedisStore({ url: redis.url });
  await put(store, key, 'before');

  await redis.pause();
  await assert.rejects(store.commit({ sets: [{ key, value: bytes('too late') }] }), isUnavailable('store_unavailable'));
  await redis.resume();

  await eventually(async () => assert.deepEqual(await texts(store, [key]), ['before']));
  await put(store, key, 'after');
  assert.deepEqual(await texts(store, [key]), ['after']);
});

test('a Redis without room refuses a commit whole, and can be read; with room again it takes the next one', async () => {
  await using redis = await startRedis({ maxmemory: '4mb' });
  await using store = await openRedisStore({ url: redis.url });
  await put(store, key, 'before');
  const full: Key = ['acme', 'full'];
  const [through = ''] = await append(store, full, ['1']);
  await withRedis(redis.url, (client) => client.setRange('ballast', 5 * 1024 * 1024, 'x'));

  const changes = { sets: [{ key, value: bytes('half') }], appends: [{ log, value: bytes('half'), maxEntries: 10 }] };
  await assert.rejects(store.commit(changes), isUnavailable('storage_full'));

  assert.deepEqual(await texts(store, [key]), ['before']);
  assert.equal(await store.tail(log), null);
  assert.equal((await store.commit({ deletes: [key], trims: [{ log: full, through }] })).ok, true);
  assert.deepEqual(await store.read(full, { limit: 1 }), { entries: [], trimmedThrough: through });
  await withRedis(redis.url, (client) => client.del('ballast'));
  assert.deepEqual((await store.commit(changes)).ok, true);
});

test('scripts that Redis has forgotten are sent again', async () => {
  await using redis = await startRedis();
  await using store = await openRedisStore({ url: redis.url });
  await put(store, key, 'one');

  await withRedis(redis.url, (client) => client.scriptFlush());

  await put(store, key, 'two');
  assert.deepEqual(await texts(store, [key]), ['two']);
});

test('a follower misses nothing that was appended while its connection was cut', async () => {
  await using redis = await startRedis();
  await using store = await openRedisStore({ url: redis.url });
  const abort = new AbortController();
  const seen: string[] = [];
  const following = (async () => {
    for await (const { entries } of store.follow(log, { signal: abort.signal })) {
      for (const { value } of entries) seen.push(Buffer.from(value).toString());
    }
  })();
  await store.commit({ appends: [{ log, value: bytes('1'), maxEntries: 10 }] });
  await eventually(() => assert.deepEqual(seen, ['1']));

  await withRedis(redis.url, async (client) => {
    await client.sendCommand(['CLIENT', 'KILL', 'TYPE', 'pubsub']);
  });
  await store.commit({ appends: [{ log, value: bytes('2'), maxEntries: 10 }] });

  await eventually(() => assert.deepEqual(seen, ['1', '2']));
  abort.abort();
  await following;
});

test('a commit counts only when as many replicas have it as are asked for', async () => {
  await using redis = await startRedis();
  await using store = await openRedisStore({ url: redis.url, replicas: 1 });
  await assert.rejects(put(store, key, 'alone'), isUnavailable('too_few_replicas'));
  const sends = outbox(store, Date.now);
  const row = queuedRow();
  const session: Key = ['acme', 'session', row.session];
  // It can be read, though it does not count.
  await assert.rejects(put(store, session, ''), isUnavailable('too_few_replicas'));
  await assert.rejects(
    sends.enqueue(row, 'fingerprint'),
    (error: unknown) => error instanceof GatewayError && error.refusal.code === 'timeout',
  );

  const { hostname, port } = new URL(redis.url);
  await using _replica = await startRedis({ replicaof: `${hostname} ${port}`, 'repl-diskless-sync-delay': '0' });

  await eventually(() => put(store, key, 'with a replica'));
});

test('all keys of a partition are in one slot of a Redis Cluster', async () => {
  await using redis = await startRedis({ 'cluster-enabled': 'yes' });
  await withRedis(redis.url, (client) => client.sendCommand(['CLUSTER', 'ADDSLOTSRANGE', '0', '16383']));
  await using store = await openRedisStore({ url: redis.url });

  await eventually(() => put(store, key, 'in a cluster'));
  const changes = { sets: [{ key, value: bytes('y') }], appends: [{ log, value: bytes('1'), maxEntries: 10 }] };

  assert.equal((await store.commit(changes)).ok, true);
  assert.deepEqual(await texts(store, [key]), ['y']);
  assert.equal((await store.list(['acme'], { limit: 10 })).length, 1);
  assert.equal((await store.read(log, { limit: 10 })).entries.length, 1);
});
