import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { recipient, to } from '../support/gateway/environment.ts';
import { startGatewayProcess } from '../support/gateway/gateway-process.ts';
import { startWorld } from './support/world.ts';

test('after kill -9 the session connects again without a new QR, and the api key still works', async () => {
  await using world = await startWorld();
  const gateway = await world.start();
  const session = await world.client.linked(world.simulator, '491700000001');
  await world.client.sendText(session, to, 'before');

  await gateway.end('SIGKILL');
  await world.start();

  await world.client.until(session, 'connected');
  assert.equal((await world.client.sendText(session, to, 'after')).status, 200);
});

test('a send in flight at kill -9 is settled by the next life, under the same id', async () => {
  await using world = await startWorld();
  const gateway = await world.start();
  const session = await world.client.linked(world.simulator, '491700000001');
  world.simulator.faults.add({ kind: 'no-ack', times: 1, deliver: false });
  const interrupted = world.client.sendText(session, to, 'cut off').catch((error: unknown) => error);
  const stanza = await world.simulator.ledger.waitFor(
    (entry) => entry.kind === 'stanza' && entry.tag === 'message' && entry.direction === 'in',
  );

  await gateway.end('SIGKILL');
  assert.ok((await interrupted) instanceof Error, 'the caller of a killed gateway gets no answer');
  await world.start();

  assert.ok(stanza.kind === 'stanza');
  const delivery = await world.simulator.ledger.waitForDelivery({ to: recipient, id: stanza.id });
  assert.equal(delivery.text, 'cut off');
});

test('a corrupt frame, which nobody can catch, ends one connection and leaves the other session sending', async () => {
  await using world = await startWorld();
  const gateway = await world.start();
  const struck = await world.client.linked(world.simulator, '491700000001');
  const other = await world.client.linked(world.simulator, '491700000002');

  world.simulator.faults.add({ kind: 'corrupt-frame', on: 'message', account: '491700000001', times: 1 });
  const [, answer] = await Promise.all([
    world.client.sendText(struck, to, 'struck'),
    world.client.sendText(other, to, 'unharmed'),
  ]);

  assert.equal(answer.status, 200);
  assert.match(gateway.output(), /"reason":"crashed"/);
  await world.client.until(struck, 'connected');
  assert.equal((await world.client.sendText(struck, to, 'recovered')).status, 200);
});

test('SIGTERM awaits the send in flight, answers it, and exits 0', async () => {
  await using world = await startWorld();
  const gateway = await world.start();
  const session = await world.client.linked(world.simulator, '491700000001');
  world.simulator.faults.add({ kind: 'late-ack', delayMs: 1_000 });
  const inFlight = world.client.sendText(session, to, 'just in time');
  await world.simulator.ledger.waitFor(
    (entry) => entry.kind === 'stanza' && entry.tag === 'message' && entry.direction === 'in',
  );

  const code = await gateway.end('SIGTERM');

  assert.equal((await inFlight).status, 200);
  assert.equal(code, 0);
  assert.deepEqual(world.simulator.connections(), []);
});

test('a second signal ends the process at once', async () => {
  await using world = await startWorld();
  const gateway = await world.start();
  const session = await world.client.linked(world.simulator, '491700000001');
  world.simulator.faults.add({ kind: 'no-ack' });
  const abandoned = world.client.sendText(session, to, 'abandoned').catch((error: unknown) => error);
  await world.simulator.ledger.waitFor(
    (entry) => entry.kind === 'stanza' && entry.tag === 'message' && entry.direction === 'in',
  );

  gateway.signal('SIGTERM');
  await eventually(() => assert.match(gateway.output(), /draining/));
  const code = await gateway.end('SIGTERM');

  assert.equal(code, 1);
  assert.ok((await abandoned) instanceof Error);
});

test('a second gateway on the same data directory does not start', async () => {
  await using world = await startWorld();
  await world.start();

  await assert.rejects(world.start(), /did not start/);
});

test('settings that make no sense are all named, and nothing starts', async () => {
  await assert.rejects(startGatewayProcess({ PORT: 'eighty', SEND_TIMEOUT_MS: '1', LOG_LEVEL: 'loud' }), (error) => {
    assert.ok(error instanceof Error);
    for (const name of ['PORT', 'SEND_TIMEOUT_MS', 'LOG_LEVEL']) assert.match(error.message, new RegExp(name));
    return true;
  });
});

test('at LOG_LEVEL=trace neither log nor store holds an api key, and the log no text, name or key material', async () => {
  const canary = 'canary-of-the-message-text';
  await using world = await startWorld({ LOG_LEVEL: 'trace' }, { fewPreKeys: false });
  const gateway = await world.start();
  const session = await world.client.linked(world.simulator, '491700000001');
  await world.client.sendText(session, to, canary);
  await world.client.sendText(session, to, `${canary} again`);
  world.simulator.disconnect('491700000001', 'reset');
  await world.client.sendText(session, to, `${canary} after a reset`);
  await gateway.end('SIGTERM');

  const log = gateway.output();
  const secret = world.client.token.slice(-72);
  const file = await readFile(world.directory.storePath);
  assert.ok(log.length > 1_000, 'there is a log to look at');
  for (const forbidden of [canary, secret, 'privKey', 'rootKey', 'chainKey', 'Buffer', recipient, '491700000001']) {
    assert.ok(!log.includes(forbidden), `the log holds ${forbidden}`);
  }
  assert.ok(!file.includes(secret), 'the store holds the api key in clear');
});

test('kill -9 never refills the token bucket', async () => {
  await using world = await startWorld();
  let gateway = await world.start();
  const session = await world.client.linked(world.simulator, '491700000001');
  const rates = { rateBurst: 5, ratePerMin: 60 };
  await world.client.call('PATCH', `/sessions/${session}`, rates);
  const began = performance.now();

  for (let kills = 0; kills < 4; kills += 1) {
    await eventually(async () =>
      assert.equal((await world.client.sendText(session, to, 'as fast as it goes')).status, 429),
    );
    await gateway.end('SIGKILL');
    gateway = await world.start();
    await world.client.until(session, 'connected');
  }

  const seconds = (performance.now() - began) / 1000;
  const sent = world.simulator.ledger.stanzas({ tag: 'message', direction: 'in' }).length;
  const allowed = rates.rateBurst + seconds * (rates.ratePerMin / 60);
  assert.ok(sent >= rates.rateBurst && sent <= allowed, `${sent} sends in ${seconds} s, ${allowed} allowed`);
});
