import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startSimulator } from '../../../simulator/simulator.ts';
import { closeCode, connect, linkedClient, memoryAuth, sendText, shownQr } from '../support/client.ts';
import { request } from '../support/request.ts';

const PHONE = '15551234567';

test('a client is linked, receives messages and is observed over HTTP alone', async () => {
  await using simulator = await startSimulator();
  const added = await request(simulator, 'POST', '/contacts', { phone: '+1 555 000 0001', name: 'Ada', devices: 1 });
  assert.equal(added.status, 201);
  const client = connect(simulator, memoryAuth());
  const restart = closeCode(client);

  const scanned = await request(simulator, 'POST', '/scan', { qr: await shownQr(client), phone: PHONE });

  assert.equal(scanned.status, 204);
  assert.equal(await restart, 515);
  const { body } = await request(simulator, 'GET', '/contacts');
  assert.deepEqual(
    body.data.map(({ phone, name, devices, receipts }) => ({ phone, name, devices, receipts })),
    [{ phone: '15550000001', name: 'Ada', devices: 1, receipts: 'read' }],
  );
});

test('how a contact is addressed is set over HTTP, and is seen there', async () => {
  await using simulator = await startSimulator();
  const options = { phone: '15550000002', addressing: 'lid', username: 'ben', number: false };

  const { status, body } = await request(simulator, 'POST', '/contacts', options);

  const lid = '100000015550000002@lid';
  assert.equal(status, 201);
  const { phone, jid, addressing, username, number } = body;
  assert.deepEqual({ phone, addressing, username, number }, options);
  assert.deepEqual([jid, body['lid']], [lid, lid]);
  const refused = await request(simulator, 'POST', '/contacts', { phone: '15550000003', addressing: 'name' });
  assert.equal(refused.status, 400);
});

test('deliveries, stanzas and connections can be read and filtered', async () => {
  await using simulator = await startSimulator();
  const contact = simulator.addContact({ phone: '15550000001', devices: 1, numbers: 'accepted' });
  const { socket } = await linkedClient(simulator, PHONE);
  const id = await sendText(socket, contact.jid, 'hello');
  await simulator.ledger.waitForDelivery({ id, to: contact.phone });

  const deliveries = await request(simulator, 'GET', `/deliveries?to=${contact.phone}&id=${id}`);
  assert.deepEqual(
    deliveries.body.data.map(({ from, device, text }) => ({ from, device, text })),
    [{ from: PHONE, device: 0, text: 'hello' }],
  );
  const stanzas = await request(simulator, 'GET', `/stanzas?id=${id}&direction=in&tag=message`);
  assert.deepEqual(
    stanzas.body.data.map(({ tag }) => tag),
    ['message'],
  );
  const tally = await request(simulator, 'GET', `/messages/${id}`);
  assert.deepEqual(tally.body, { ...simulator.ledger.tally(id), ticks: {} });
  const signal = await request(simulator, 'GET', '/signal');
  assert.deepEqual(signal.body, { undecryptable: 0, askedByDevices: 0, askedByClients: 0, reusedKeys: 0 });
  const newest = await request(simulator, 'GET', '/stanzas?limit=2');
  assert.equal(newest.body.data.length, 2);
  const connections = await request(simulator, 'GET', '/connections');
  assert.deepEqual(
    connections.body.data.map(({ account, state }) => ({ account, state })),
    [{ account: PHONE, state: 'open' }],
  );
});

test('a contact sends a message, and a client is disconnected', async () => {
  await using simulator = await startSimulator();
  simulator.addContact({ phone: '15550000001' });
  const { socket } = await linkedClient(simulator, PHONE);
  const closed = closeCode(socket);

  const sent = await request(simulator, 'POST', '/contacts/15550000001/messages', { to: PHONE, text: 'hi' });
  assert.equal(sent.status, 202);
  await simulator.ledger.waitFor((entry) => entry.kind === 'stanza' && entry.id === sent.body.id);
  const cut = await request(simulator, 'POST', '/disconnect', { account: PHONE, how: { streamError: 503 } });

  assert.equal(cut.status, 204);
  assert.equal(await closed, 503);
});

test('faults are added, listed with their hits, and removed', async () => {
  await using simulator = await startSimulator();
  const rule = { kind: 'error-ack', code: 479, times: 2 };
  const added = await request(simulator, 'POST', '/faults', rule);
  assert.deepEqual({ status: added.status, body: added.body }, { status: 201, body: { id: 1, rule, hits: 0 } });
  await request(simulator, 'POST', '/faults', { kind: 'reset' });

  assert.equal((await request(simulator, 'DELETE', '/faults/1')).status, 204);
  assert.deepEqual(
    (await request(simulator, 'GET', '/faults')).body.data.map(({ id }) => id),
    [2],
  );
  assert.equal((await request(simulator, 'DELETE', '/faults')).status, 204);
  assert.deepEqual((await request(simulator, 'GET', '/faults')).body.data, []);
});

for (const { method, path, body, status, code, field } of [
  {
    method: 'POST',
    path: '/scan',
    body: { qr: 'nonsense', phone: PHONE },
    status: 400,
    code: 'validation_error',
    field: 'qr',
  },
  { method: 'POST', path: '/scan', body: { qr: 'x' }, status: 400, code: 'validation_error', field: 'phone' },
  { method: 'POST', path: '/pairing-code', body: { code: 'ABCD1234', phone: PHONE }, status: 404, code: 'not_found' },
  { method: 'POST', path: '/contacts', body: { phone: 'Ada' }, status: 400, code: 'validation_error', field: 'phone' },
  {
    method: 'POST',
    path: '/contacts',
    body: { phone: PHONE, age: 7 },
    status: 400,
    code: 'validation_error',
    field: 'age',
  },
  { method: 'POST', path: '/faults', body: { kind: 'boredom' }, status: 400, code: 'validation_error', field: 'kind' },
  {
    method: 'POST',
    path: '/faults',
    body: { kind: 'late-ack' },
    status: 400,
    code: 'validation_error',
    field: 'delayMs',
  },
  { method: 'POST', path: '/disconnect', body: { account: PHONE, how: 'reset' }, status: 404, code: 'not_found' },
  { method: 'GET', path: '/deliveries?limit=0', status: 400, code: 'validation_error', field: 'limit' },
  { method: 'DELETE', path: '/faults/9', status: 404, code: 'not_found' },
  { method: 'GET', path: '/weather', status: 404, code: 'not_found' },
]) {
  test(`${method} ${path} with ${JSON.stringify(body ?? {})} is refused as ${code}`, async () => {
    await using simulator = await startSimulator();
    const answer = await request(simulator, method, path, body);

    assert.equal(answer.status, status);
    assert.equal(answer.body.error?.code, code);
    assert.equal(answer.body.error?.details['field'], field);
  });
}
