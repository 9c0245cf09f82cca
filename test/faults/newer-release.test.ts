import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { silenceConsole } from '../../simulator/quiet-console.ts';
import { readConfig } from '../../src/config.ts';
import type { Key, Store } from '../../src/store/contract.ts';
import { openStore } from '../../src/store/open-store.ts';
import { SseClient } from '../http/support/sse.ts';
import { eventually } from '../support/eventually.ts';
import { to } from '../support/gateway/environment.ts';
import { startWorld, type World } from './support/world.ts';

// libsignal, inside the simulator, prints sessions to it.
silenceConsole();

const ListSchema = v.looseObject({ data: v.array(v.looseObject({ id: v.string(), status: v.string() })) });
const OutboxListSchema = v.looseObject({ data: v.array(v.looseObject({ outboxId: v.string(), type: v.string() })) });
const ResultSchema = v.looseObject({ outboxId: v.string() });
const [decoder, encoder] = [new TextDecoder(), new TextEncoder()];

/** What a newer release does to a store on which no gateway runs. */
async function newerRelease(world: World, change: (store: Store) => Promise<void>): Promise<void> {
  await using store = await openStore(readConfig({ DATA_DIR: world.directory.path }), { as: 'visitor' });
  await change(store);
}

async function rewrite(store: Store, key: Key, change: (record: object) => object): Promise<void> {
  const entry = await store.get(key);
  assert.ok(entry !== null);
  const record = change(JSON.parse(decoder.decode(entry.value)));
  await store.commit({ sets: [{ key, value: encoder.encode(JSON.stringify(record)) }] });
}

async function queue({ client }: World, session: string, text: string): Promise<string> {
  const { body } = await client.call('POST', `/sessions/${session}/messages?async=true`, { to, type: 'text', text });
  return v.parse(ResultSchema, body).outboxId;
}

test('a send whose form only a newer release knows fails alone: the number stays online, and later sends go out', async () => {
  await using world = await startWorld();
  const { client, simulator } = world;
  const gateway = await world.start();
  const session = await client.linked(simulator, '491700000001');
  simulator.faults.add({ kind: 'no-ack', times: 1, deliver: false });
  const cutOff = client.sendText(session, to, 'in flight').catch((error: unknown) => error);
  await simulator.ledger.waitFor(
    (entry) => entry.kind === 'stanza' && entry.tag === 'message' && entry.direction === 'in',
  );
  const queued = [await queue(world, session, 'content'), await queue(world, session, 'status')];
  const later = await queue(world, session, 'later');
  await gateway.end('SIGKILL');
  await cutOff;
  let inFlight = '';
  await newerRelease(world, async (store) => {
    const rowKey = (id: string): Key => ['acme', 'outbox', session, id];
    inFlight = decoder.decode((await store.get(['acme', 'in-flight', session]))?.value);
    const sticker = (row: object) => ({ ...row, content: { type: 'sticker', emoji: '🎺' } });
    await rewrite(store, rowKey(inFlight), sticker);
    await rewrite(store, rowKey(queued[0] ?? ''), sticker);
    await rewrite(store, rowKey(queued[1] ?? ''), (row) => ({ ...row, status: 'scheduled', early: 'bird' }));
  });

  const restarted = await world.start();

  await eventually(async () => assert.equal((await client.outbox(session, later)).status, 'read'));
  for (const id of queued) {
    const { status, error } = await client.outbox(session, id);
    assert.deepEqual([status, error?.code], ['failed', 'unsupported_content']);
  }
  assert.equal((await client.outbox(session, inFlight)).error?.code, 'unknown_outcome');
  assert.equal((await client.session(session)).status, 'connected');
  assert.equal((await client.sendText(session, to, 'direct')).status, 200);
  const { data } = v.parse(OutboxListSchema, (await client.call('GET', `/sessions/${session}/outbox`)).body);
  assert.equal(data.find(({ outboxId }) => outboxId === queued[0])?.type, 'sticker');
  // Each of the recipient's devices gets a copy.
  const delivered = new Set(simulator.ledger.deliveries().map(({ text }) => text));
  assert.deepEqual([...delivered], ['later', 'direct']);
  assert.match(restarted.output(), /"msg":"a stored value has a form that this release does not know"/);
});

test('a session whose form only a newer release knows rests alone, and is shown with the reason', async () => {
  await using world = await startWorld();
  const { client, simulator } = world;
  const gateway = await world.start();
  const session = await client.linked(simulator, '491700000001');
  const bystander = await client.linked(simulator, '491700000002');
  await client.call('PATCH', `/sessions/${session}`, { label: 'support' });
  await gateway.end('SIGKILL');
  const key: Key = ['acme', 'session', session];
  const newer = (record: object) => ({ ...record, resting: { status: 'hibernating', since: 1, reason: null } });
  await newerRelease(world, (store) => rewrite(store, key, newer));

  const restarted = await world.start();

  await client.until(bystander, 'connected');
  assert.equal((await client.sendText(bystander, to, 'unharmed')).status, 200);
  const { data } = v.parse(ListSchema, (await client.call('GET', '/sessions')).body);
  assert.deepEqual(
    data.map(({ id, status }) => [id, status]),
    [
      [session, 'failed'],
      [bystander, 'connected'],
    ],
  );
  const { reason, label, phoneNumber } = await client.session(session);
  assert.deepEqual([reason, label, phoneNumber], ['record_unreadable', 'support', '491700000001']);
  for (const [method, path] of [
    ['POST', `/sessions/${session}:start`],
    ['DELETE', `/sessions/${session}`],
  ] as const) {
    assert.equal((await client.call(method, path)).status, 503, path);
  }
  assert.equal((await client.sendText(session, to, 'not from here')).status, 503);
  assert.match(restarted.output(), new RegExp(`"key":\\["acme","session","${session}"\\],"msg":"a stored value has a`));

  await restarted.end('SIGKILL');
  await newerRelease(world, async (store) => {
    // Nothing was made of it.
    await rewrite(store, key, (record) => {
      assert.ok('resting' in record);
      assert.deepEqual(record.resting, { status: 'hibernating', since: 1, reason: null });
      return { ...record, resting: null };
    });
  });
  await world.start();
  await client.until(session, 'connected');
});

test('an event of a newer release goes to its readers, one of no known form counts as a gap, and streams go on', async () => {
  await using world = await startWorld();
  const { client, simulator } = world;
  const gateway = await world.start();
  const session = await client.linked(simulator, '491700000001');
  const reader = await world.directory.newKey('acme', ['read']);
  await gateway.end('SIGKILL');
  const facts = { session, timestamp: Date.now(), payload: { emoji: '🎺' } };
  await newerRelease(world, async (store) => {
    const log: Key = ['acme', 'events'];
    const values = [{ event: 'message.reaction', ...facts }, ['no', 'event'], { event: 'message.pinned', ...facts }];
    const appends = values.map((value) => ({ log, value: encoder.encode(JSON.stringify(value)), maxEntries: 1_000 }));
    await store.commit({ appends });
  });

  const restarted = await world.start();
  await client.until(session, 'connected');

  const read = async (token: string, query = '') => {
    const url = `${restarted.url}/api/v1/events?after=evt_${'0'.repeat(26)}${query}`;
    await using stream = await SseClient.open(url, { authorization: `Bearer ${token}` });
    await stream.untilThat(
      () => stream.events.filter(({ data }) => data?.includes('"status":"connected"')).length >= 2,
    );
    return stream.events.map(({ event }) => event);
  };
  const seen = await read(client.token);
  const at = seen.indexOf('message.reaction');
  assert.deepEqual(seen.slice(at, at + 3), ['message.reaction', 'stream.gap', 'message.pinned']);
  for (const names of [await read(reader), await read(client.token, '&event=session.status')]) {
    assert.ok(names.includes('stream.gap'));
    assert.ok(!names.includes('message.reaction'));
  }
});
