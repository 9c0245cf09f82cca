import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closeCode, connect, linkedClient, logIn, memoryAuth, shownQr, update } from './support/client.ts';
import { startSimulator } from './support/simulator.ts';

const PHONE = '15551234567';

test('a scanned QR code links the client, which restarts and logs in as that number', async () => {
  await using simulator = await startSimulator();
  const { socket } = await linkedClient(simulator, '+1 (555) 123-4567');

  assert.equal(socket.user?.id, `${PHONE}:1@s.whatsapp.net`);
  const [connection, ...others] = simulator.connections();
  assert.deepEqual(others, []);
  assert.deepEqual(
    { ...connection, id: 0, openedAt: 0 },
    { id: 0, account: PHONE, device: 1, state: 'open', openedAt: 0 },
  );
});

test('an expired QR code is refused', async () => {
  await using simulator = await startSimulator();
  const socket = connect(simulator, memoryAuth());
  const qr = await shownQr(socket);
  await socket.end(undefined);
  await simulator.ledger.waitFor((entry) => entry.kind === 'connection' && entry.event === 'closed');

  await assert.rejects(simulator.scanQr(qr, PHONE), { code: 'not_found' });
  await assert.rejects(simulator.scanQr('https://example.org', PHONE), { code: 'validation_error' });
});

test('a QR code with the keys of another client is refused', async () => {
  await using simulator = await startSimulator();
  const socket = connect(simulator, memoryAuth());
  const qr = await shownQr(socket);
  const fields = qr.split(',').with(2, Buffer.alloc(32, 7).toString('base64'));

  await assert.rejects(simulator.scanQr(fields.join(','), PHONE), { code: 'conflict' });
  await socket.end(undefined);
});

test('a QR code with a wrong secret is detected by the client, which disconnects', async () => {
  await using simulator = await startSimulator();
  const socket = connect(simulator, memoryAuth());
  const qr = await shownQr(socket);
  const fields = qr.split(',').with(3, Buffer.alloc(32, 7).toString('base64'));

  await assert.rejects(simulator.scanQr(fields.join(','), PHONE), { code: 'unavailable' });
  assert.deepEqual(simulator.connections(), []);
});

test('a typed pairing code links the client', async () => {
  await using simulator = await startSimulator();
  const auth = memoryAuth();
  const socket = connect(simulator, auth);
  const restart = closeCode(socket);
  await shownQr(socket);

  const code = await socket.requestPairingCode(PHONE);
  await simulator.ledger.waitFor(
    (entry) => entry.kind === 'stanza' && entry.children.includes('link_code_companion_reg'),
  );
  await simulator.enterPairingCode(`${code.slice(0, 4)}-${code.slice(4)}`, PHONE);

  assert.equal(await restart, 515);
  const linked = await logIn(simulator, auth);
  assert.equal(linked.user?.id, `${PHONE}:1@s.whatsapp.net`);
});

test('a wrong pairing code is refused, and the right one still links', async () => {
  await using simulator = await startSimulator();
  const socket = connect(simulator, memoryAuth());
  const restart = closeCode(socket);
  await shownQr(socket);
  const code = await socket.requestPairingCode(PHONE, 'ABCD1234');
  await simulator.ledger.waitFor(
    (entry) => entry.kind === 'stanza' && entry.children.includes('link_code_companion_reg'),
  );

  await assert.rejects(simulator.enterPairingCode('ABCD1235', PHONE), { code: 'conflict' });
  await assert.rejects(simulator.enterPairingCode(code, '15550000009'), { code: 'not_found' });
  await simulator.enterPairingCode(code, PHONE);

  assert.equal(await restart, 515);
});

test('a phone can link several clients, and each is a device of its own', async () => {
  await using simulator = await startSimulator();
  const first = await linkedClient(simulator, PHONE);
  const second = await linkedClient(simulator, PHONE);

  assert.equal(first.socket.user?.id, `${PHONE}:1@s.whatsapp.net`);
  assert.equal(second.socket.user?.id, `${PHONE}:2@s.whatsapp.net`);
  assert.deepEqual(
    simulator.connections().map(({ device, state }) => ({ device, state })),
    [
      { device: 1, state: 'open' },
      { device: 2, state: 'open' },
    ],
  );
});

test('an unlinked client is notified, and cannot log in again', async () => {
  await using simulator = await startSimulator();
  const { socket, auth } = await linkedClient(simulator, PHONE);
  const closed = closeCode(socket);

  simulator.unlink(PHONE);

  assert.equal(await closed, 401);
  assert.equal(await closeCode(connect(simulator, auth)), 401);
});

test('a client that logs out is no longer a device of its account', async () => {
  await using simulator = await startSimulator();
  const { socket, auth } = await linkedClient(simulator, PHONE);

  await socket.logout();
  await simulator.ledger.waitFor(() => simulator.connections().length === 0);

  assert.equal(await closeCode(connect(simulator, auth)), 401);
});

test('a second login of the same device replaces the first', async () => {
  await using simulator = await startSimulator();
  const { socket, auth } = await linkedClient(simulator, PHONE);
  const replaced = closeCode(socket);

  await logIn(simulator, auth);

  assert.equal(await replaced, 440);
});

test('a login with another noise key than the linked one is refused', async () => {
  await using simulator = await startSimulator();
  const { socket, auth } = await linkedClient(simulator, PHONE);
  await socket.end(undefined);
  const thief = { keys: auth.keys, creds: { ...auth.creds, noiseKey: memoryAuth().creds.noiseKey } };

  assert.equal(await closeCode(connect(simulator, thief)), 401);
});

test('the first login of a device yields an empty history, so that it does not wait for one', async () => {
  await using simulator = await startSimulator();
  const auth = memoryAuth();
  const first = connect(simulator, auth);
  const restart = closeCode(first);
  await simulator.scanQr(await shownQr(first), PHONE);
  await restart;

  const socket = connect(simulator, auth);
  const synced = new Promise<boolean | undefined>((resolve) => {
    socket.ev.on('messaging-history.set', ({ isLatest }) => resolve(isLatest));
  });
  await update(socket, ({ connection }) => connection === 'open');

  assert.equal(await synced, true);
});
