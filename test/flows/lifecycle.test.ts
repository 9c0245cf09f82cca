import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { to } from '../support/gateway/environment.ts';
import { contactBed, shared } from '../support/gateway/linked-bed.ts';

const IdSchema = v.looseObject({ id: v.string() });

const { bed, client } = shared(await contactBed());

/** The code of an error answer, with the reason that its details give. */
function refusal(body: unknown): { code: string; reason?: unknown; status?: unknown } {
  const { error } = v.parse(
    v.looseObject({ error: v.looseObject({ code: v.string(), details: v.looseObject({}) }) }),
    body,
  );
  return { code: error.code, reason: error.details['reason'], status: error.details['status'] };
}

async function created(body: object = {}): Promise<string> {
  return v.parse(IdSchema, (await client.call('POST', '/sessions', body)).body).id;
}

test('a new session is stopped, and a send to it is 501 with the reason', async () => {
  const session = await created();

  const answer = await client.sendText(session, to, 'too early');

  assert.equal((await client.session(session)).status, 'stopped');
  assert.equal(answer.status, 501);
  assert.deepEqual(refusal(answer.body), {
    code: 'not_implemented',
    reason: 'session_not_connected',
    status: 'stopped',
  });
});

test('a stopped session stays linked: started again it connects without a new code', async () => {
  const session = await client.linked(bed.simulator, '491700000001');

  const stopped = await client.call('POST', `/sessions/${session}:stop`);
  const send = await client.sendText(session, to, 'while stopped');
  const started = await client.call('POST', `/sessions/${session}:start`);
  await client.until(session, 'connected');

  assert.equal(v.parse(v.looseObject({ status: v.string() }), stopped.body).status, 'stopped');
  assert.equal(send.status, 501);
  assert.equal(started.status, 200);
  assert.equal((await client.sendText(session, to, 'back again')).status, 200);
});

test('starting, stopping and logging out twice is the same as once', async () => {
  const session = await client.linked(bed.simulator, '491700000002');

  for (const verb of ['start', 'start', 'stop', 'stop', 'logout', 'logout']) {
    assert.equal((await client.call('POST', `/sessions/${session}:${verb}`)).status, 200, verb);
  }

  assert.equal((await client.session(session)).status, 'logged_out');
});

test('a session logged out while connected is unlinked from the account and can be linked anew', async () => {
  const session = await client.linked(bed.simulator, '491700000003');

  const answer = await client.call('POST', `/sessions/${session}:logout`);

  const body = v.parse(v.looseObject({ status: v.string(), reason: v.string(), phoneNumber: v.null() }), answer.body);
  assert.equal(body.status, 'logged_out');
  assert.equal(body.reason, 'unlinked');
  await bed.simulator.scanQr(await client.qr(session), '491700000004');
  assert.equal((await client.until(session, 'connected'))['phoneNumber'], '491700000004');
});

test('a linked session has no QR code and no pairing code to give', async () => {
  const session = await client.linked(bed.simulator, '491700000005');

  const qr = await client.call('GET', `/sessions/${session}/qr`);
  const code = await client.call('POST', `/sessions/${session}/pairing-code`, { phone: '491700000006' });

  assert.equal(qr.status, 409);
  assert.equal(code.status, 400);
});

test('a deleted session is gone, and its connection with it', async () => {
  const session = await client.linked(bed.simulator, '491700000007');

  const first = await client.call('DELETE', `/sessions/${session}`);
  const second = await client.call('DELETE', `/sessions/${session}`);

  assert.equal(first.status, 204);
  assert.equal(second.status, 404);
  const open = bed.simulator.connections().filter(({ account }) => account === '491700000007');
  assert.deepEqual(open, []);
});

test('a restart brings linked sessions back, and leaves stopped ones stopped', async () => {
  const running = await client.linked(bed.simulator, '491700000008');
  const stopped = await client.linked(bed.simulator, '491700000009');
  await client.call('POST', `/sessions/${stopped}:stop`);

  await bed.restart();

  await client.until(running, 'connected');
  assert.equal((await client.session(stopped)).status, 'stopped');
  assert.equal((await client.sendText(running, to, 'after the restart')).status, 200);
});

test('two organizations do not see each other: a foreign session is answered like a missing one', async () => {
  const session = await client.linked(bed.simulator, '491700000010');
  const stranger = await bed.client({ organization: 'other' });

  const foreign = await stranger.sendText(session, to, 'not mine');
  const missing = await stranger.sendText('01M82ZM43K41YQPFG9XVMP2DHC', to, 'nobody’s');

  assert.equal(foreign.status, 404);
  assert.equal(missing.status, 404);
  assert.deepEqual(foreign.body, missing.body);
});
