import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { eventually } from '../support/eventually.ts';
import { to } from '../support/gateway/environment.ts';
import { startWorld } from './support/world.ts';

test('a session that was started while WhatsApp was out of reach runs again after kill -9', async () => {
  await using world = await startWorld();
  const gateway = await world.start();
  const session = await world.client.linked(world.simulator, '491700000001');
  await world.client.call('POST', `/sessions/${session}:stop`);
  const fault = world.simulator.faults.add({ kind: 'upgrade-error', status: 503 });

  assert.equal((await world.client.call('POST', `/sessions/${session}:start`)).status, 200);
  await gateway.end('SIGKILL');
  fault.remove();
  await world.start();

  await world.client.until(session, 'connected');
});

test('a number that was linked just before kill -9 is known as linked, and logging it out forgets it', async () => {
  await using world = await startWorld();
  const gateway = await world.start();
  const created = await world.client.call('POST', '/sessions', {});
  const { id } = v.parse(v.looseObject({ id: v.string() }), created.body);
  const qr = await world.client.qr(id);
  world.simulator.faults.add({ kind: 'upgrade-error', status: 503 });
  await world.simulator.scanQr(qr, '491700000001');
  await eventually(async () => assert.equal((await world.client.session(id)).status, 'connecting'));

  await gateway.end('SIGKILL');
  await world.start();
  const restarted = await world.client.session(id);
  await world.client.call('POST', `/sessions/${id}:logout`);
  world.simulator.faults.clear();
  await world.client.call('POST', `/sessions/${id}:start`);

  assert.equal(restarted['phoneNumber'], '491700000001');
  assert.equal((await world.client.until(id, 'pairing'))['phoneNumber'], null);
});

test('a deleted session leaves no message text behind', async () => {
  await using world = await startWorld();
  const gateway = await world.start();
  const session = await world.client.linked(world.simulator, '491700000001');
  await world.client.sendText(session, to, 'to be forgotten');
  await world.client.call('POST', `/sessions/${session}:stop`);
  const path = `/sessions/${session}/messages?async=true`;
  await world.client.call('POST', path, { to, type: 'text', text: 'queued and to be forgotten' });

  assert.equal((await world.client.call('DELETE', `/sessions/${session}`)).status, 204);

  assert.equal((await world.client.call('GET', `/sessions/${session}/outbox`)).status, 404);
  await gateway.end('SIGTERM');
  await world.start();
  assert.equal((await world.client.call('GET', `/sessions/${session}`)).status, 404);
});

test('SIGTERM ends the gateway although nobody reads its log any more', async () => {
  await using world = await startWorld({ LOG_LEVEL: 'trace' });
  const gateway = await world.start();
  await world.client.linked(world.simulator, '491700000001');

  gateway.stopReading();
  await world.client.call('GET', '/sessions');

  assert.equal(await gateway.end('SIGTERM'), 0);
});
