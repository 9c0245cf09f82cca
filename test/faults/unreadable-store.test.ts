import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { silenceConsole } from '../../simulator/quiet-console.ts';
import type { Key } from '../../src/store/contract.ts';
import { SseClient } from '../http/support/sse.ts';
import { eventually } from '../support/eventually.ts';
import { to } from '../support/gateway/environment.ts';
import { StoreFile } from '../support/store/store-file.ts';
import { startWorld } from './support/world.ts';

// libsignal, inside the simulator, prints sessions to it.
silenceConsole();

const [own, other] = ['491700000001', '491700000002'];
const ListSchema = v.looseObject({ data: v.array(v.looseObject({ id: v.string() })) });
const OutboxListSchema = v.looseObject({ data: v.array(v.looseObject({ outboxId: v.string() })) });
const ResultSchema = v.looseObject({ outboxId: v.string() });

/** A running gateway with a session that is to be damaged and another one, both connected. */
async function startTwo() {
  const world = await startWorld();
  const gateway = await world.start();
  const damaged = await world.client.linked(world.simulator, own ?? '');
  const bystander = await world.client.linked(world.simulator, other ?? '');
  const file = new StoreFile(world.directory.storePath);
  const paired = pairings();

  function pairings(): number {
    const { entries } = world.simulator.ledger;
    return entries.filter((entry) => entry.kind === 'connection' && entry.event === 'pairing').length;
  }

  return {
    world,
    gateway,
    file,
    damaged,
    bystander,
    /** The other session sends, and nobody was asked to link again. */
    assertUnharmed: async () => {
      assert.equal((await world.client.sendText(bystander, to, 'unharmed')).status, 200);
      assert.equal(pairings(), paired, 'there was a new identity');
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

/** Logging out forgets what is damaged of the login, so that it may be replaced. */
async function linkAnew({ world: { client, simulator } }: Awaited<ReturnType<typeof startTwo>>, session: string) {
  assert.equal((await client.call('POST', `/sessions/${session}:logout`)).status, 200);
  await client.call('POST', `/sessions/${session}:start`);
  await simulator.scanQr(await client.qr(session), own ?? '');
  await client.until(session, 'connected');
}

test('credentials with a byte changed are refused, byte by byte: no crash, no new identity, a clear reason', async () => {
  await using two = await startTwo();
  const { client } = two.world;
  const key: Key = ['acme', 'credentials', two.damaged];
  await client.call('POST', `/sessions/${two.damaged}:stop`);
  const whole = two.file.read(key);

  // The format, the key's id, the nonce, both ends of the text, and the tag.
  for (const at of [0, 1, 8, 9, 20, 21, whole.length - 17, whole.length - 16, whole.length - 1]) {
    two.file.write(key, whole);
    two.file.damage(key, at);
    await client.call('POST', `/sessions/${two.damaged}:start`);
    assert.equal((await client.until(two.damaged, 'failed')).reason, 'credentials_unreadable', `byte ${at}`);
  }

  await two.assertUnharmed();
  two.file.write(key, whole);
  await client.call('POST', `/sessions/${two.damaged}:start`);
  await client.until(two.damaged, 'connected');
  assert.match(
    two.gateway.output(),
    new RegExp(`"key":\\["acme","credentials","${two.damaged}"\\],"msg":"a stored value`),
  );
});

test('credentials that were damaged while the gateway was down fail at its start, and can be linked anew', async () => {
  await using two = await startTwo();
  const { client } = two.world;
  await two.gateway.end('SIGKILL');
  two.file.damage(['acme', 'credentials', two.damaged]);

  await two.world.start();

  assert.equal((await client.until(two.damaged, 'failed')).reason, 'credentials_unreadable');
  await client.until(two.bystander, 'connected');
  await two.assertUnharmed();
  await linkAnew(two, two.damaged);
});

test('a data key that was damaged fails its session', async () => {
  await using two = await startTwo();
  const { client } = two.world;
  await client.sendText(two.damaged, to, 'has both data keys made');
  let gateway = two.gateway;

  for (const part of ['rest', 'identity']) {
    await gateway.end('SIGKILL');
    const key: Key = ['.seal', 'data-key', 'acme', two.damaged, part];
    const whole = two.file.read(key);
    two.file.damage(key);
    gateway = await two.world.start();
    await client.call('POST', `/sessions/${two.damaged}:start`);
    assert.equal((await client.until(two.damaged, 'failed')).reason, 'credentials_unreadable', part);
    if (part === 'rest') two.file.write(key, whole);
  }

  await two.assertUnharmed();
  await linkAnew(two, two.damaged);
});

test('Signal keys that were damaged fail the session that uses them', async () => {
  await using two = await startTwo();
  const { client } = two.world;
  await client.sendText(two.damaged, to, 'sets the Signal sessions up');
  const keys = two.file.keys().filter(([, kind, session]) => kind === 'signal' && session === two.damaged);
  const sessions = keys.filter(([, , , , type]) => type === 'session');
  assert.ok(sessions.length > 0);

  for (const key of sessions) two.file.damage(key);
  // A connection keeps what it has read.
  await client.call('POST', `/sessions/${two.damaged}:stop`);
  await client.call('POST', `/sessions/${two.damaged}:start`);
  await client.until(two.damaged, 'connected');
  const answer = await client.sendText(two.damaged, to, 'cannot be encrypted');

  assert.notEqual(answer.status, 200);
  assert.equal((await client.until(two.damaged, 'failed')).reason, 'credentials_unreadable');
  await two.assertUnharmed();
  const delivered = two.world.simulator.ledger.deliveries().map(({ text }) => text);
  assert.ok(!delivered.includes('cannot be encrypted'));
});

test('a session record that was damaged is in the way of nobody else at the start', async () => {
  await using two = await startTwo();
  const { client } = two.world;
  await two.gateway.end('SIGKILL');
  two.file.damage(['acme', 'session', two.damaged]);

  const restarted = await two.world.start();

  await client.until(two.bystander, 'connected');
  await two.assertUnharmed();
  const listed = v.parse(ListSchema, (await client.call('GET', '/sessions')).body).data.map(({ id }) => id);
  assert.deepEqual(listed, [two.bystander]);
  assert.equal((await client.call('GET', `/sessions/${two.damaged}`)).status, 500);
  assert.match(restarted.output(), new RegExp(`"key":\\["acme","session","${two.damaged}"\\]`));
});

test('a queued send that was damaged lets those behind it pass, and so does one in flight', async () => {
  await using two = await startTwo();
  const { client, simulator } = two.world;
  simulator.faults.add({ kind: 'no-ack', times: 1, deliver: false });
  const cutOff = client.sendText(two.damaged, to, 'in flight').catch((error: unknown) => error);
  await simulator.ledger.waitFor(
    (entry) => entry.kind === 'stanza' && entry.tag === 'message' && entry.direction === 'in',
  );
  const path = `/sessions/${two.damaged}/messages?async=true`;
  const queued: string[] = [];
  for (const text of ['first', 'second']) {
    const { body } = await client.call('POST', path, { to, type: 'text', text });
    queued.push(v.parse(ResultSchema, body).outboxId);
  }
  await two.gateway.end('SIGKILL');
  await cutOff;
  const rows = two.file.keys().filter(([, kind, session]) => kind === 'outbox' && session === two.damaged);
  const inFlight = rows.find((key) => !queued.includes(key.at(-1) ?? ''));
  assert.ok(inFlight !== undefined && queued[0] !== undefined);
  two.file.damage(inFlight);
  two.file.damage(['acme', 'outbox', two.damaged, queued[0]]);

  await two.world.start();

  await eventually(async () => assert.equal((await client.outbox(two.damaged, queued[1] ?? '')).status, 'read'));
  assert.equal((await client.sendText(two.damaged, to, 'third')).status, 200);
  const { data } = v.parse(OutboxListSchema, (await client.call('GET', `/sessions/${two.damaged}/outbox`)).body);
  assert.deepEqual(
    data.map(({ outboxId }) => queued.indexOf(outboxId)),
    [1, -1],
  );
  await two.assertUnharmed();
});

test('an event that was damaged is told as a gap, and the stream goes on behind it', async () => {
  await using two = await startTwo();
  const { client } = two.world;
  const headers = { authorization: `Bearer ${client.token}` };
  await client.sendText(two.damaged, to, 'before');
  await client.call('POST', `/sessions/${two.damaged}:stop`);
  await eventually(async () => assert.equal((await client.session(two.damaged)).status, 'stopped'));
  two.file.damageLog(['acme', 'events']);
  await client.call('POST', `/sessions/${two.damaged}:start`);
  await client.until(two.damaged, 'connected');

  const after = `evt_${'0'.repeat(26)}`;
  await using stream = await SseClient.open(`${two.gateway.url}/api/v1/events?after=${after}`, headers);
  await stream.untilThat(() =>
    stream.events.some(({ data }) => /"status":"connected","previous":"connecting"/.test(data ?? '')),
  );

  const names = stream.events.map(({ event }) => event);
  assert.equal(names.filter((name) => name === 'stream.gap').length, 1);
  assert.equal(names.at(0) === 'stream.gap', false);
  await two.assertUnharmed();
});
