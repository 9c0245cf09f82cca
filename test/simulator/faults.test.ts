import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import type { BinaryNode, WASocket } from '@whiskeysockets/baileys';
import { closeCode, connect, linkedClient, logIn, memoryAuth, sendText } from './support/client.ts';
import { startSimulator } from './support/simulator.ts';

const PHONE = '15551234567';
const CONTACT = '15550000001';
/** Three bytes of length and 48 of noise. */
const CORRUPT_FRAME_LENGTH = 51;
const JID = `${CONTACT}@s.whatsapp.net`;

test('without an ack the message arrives all the same, and a rule with a count is applied that often', async () => {
  await using simulator = await startSimulator();
  simulator.addContact({ phone: CONTACT });
  const { socket } = await linkedClient(simulator, PHONE);
  const fault = simulator.faults.add({ kind: 'no-ack', to: CONTACT, times: 1 });

  const lost = await sendText(socket, JID, 'one');
  const heard = await sendText(socket, JID, 'two');
  await simulator.ledger.waitForDelivery({ id: lost, to: CONTACT });
  await simulator.ledger.waitForDelivery({ id: heard, to: CONTACT });

  assert.equal(simulator.ledger.stanzas({ id: lost, tag: 'ack', direction: 'out' }).length, 0);
  assert.equal(simulator.ledger.stanzas({ id: heard, tag: 'ack', direction: 'out' }).length, 1);
  assert.equal(fault.hits, 1);
  assert.deepEqual(simulator.faults.list(), []);
});

test('a rule for one recipient spares the others', async () => {
  await using simulator = await startSimulator();
  simulator.addContact({ phone: CONTACT });
  const other = simulator.addContact({ phone: '15550000002' });
  const { socket } = await linkedClient(simulator, PHONE);
  simulator.faults.add({ kind: 'error-ack', code: 463, to: `+${CONTACT}` });
  const acks = acksOf(socket);

  const refused = await sendText(socket, JID, 'one');
  const accepted = await sendText(socket, other.jid, 'two');
  await simulator.ledger.waitForDelivery({ id: accepted, to: other.phone });

  assert.equal((await acks.of(refused)).attrs['error'], '463');
  assert.equal((await acks.of(accepted)).attrs['error'], undefined);
  assert.deepEqual(simulator.ledger.deliveries({ id: refused }), []);
});

test('a rule for one message, or for the nth match, spares the others', async () => {
  await using simulator = await startSimulator();
  simulator.addContact({ phone: CONTACT });
  const { socket } = await linkedClient(simulator, PHONE);
  simulator.faults.add({ kind: 'no-ack', id: 'CHOSEN' });
  simulator.faults.add({ kind: 'error-ack', code: 479, to: CONTACT, nth: 2 });
  const acks = acksOf(socket);

  for (const id of ['FIRST', 'CHOSEN', 'SECOND', 'THIRD']) await sendText(socket, JID, 'hello', id);
  await acks.of('THIRD');

  const heard = simulator.ledger
    .stanzas({ tag: 'ack', direction: 'out' })
    .filter(({ attrs }) => attrs['class'] === 'message');
  assert.deepEqual(
    heard.map(({ id, attrs }) => [id, attrs['error']]),
    [
      ['FIRST', undefined],
      ['SECOND', '479'],
      ['THIRD', undefined],
    ],
  );
  assert.equal(simulator.faults.list().length, 1);
});

test('recipients that are set not to confirm decrypt the message and send no receipts', async () => {
  await using simulator = await startSimulator();
  simulator.addContact({ phone: CONTACT });
  const { socket } = await linkedClient(simulator, PHONE);
  simulator.faults.add({ kind: 'late-ack', delayMs: 0, confirm: false, times: 1 });

  const quiet = await sendText(socket, JID, 'one');
  const confirmed = await sendText(socket, JID, 'two');
  await simulator.ledger.waitFor(
    (entry) => entry.kind === 'stanza' && entry.tag === 'receipt' && entry.id === confirmed,
  );

  assert.equal(simulator.ledger.visible({ id: quiet, to: CONTACT }).length, 1);
  assert.deepEqual(simulator.ledger.stanzas({ id: quiet, tag: 'receipt', direction: 'out' }), []);
});

test('an ack can come twice', async () => {
  await using simulator = await startSimulator();
  simulator.addContact({ phone: CONTACT });
  const { socket } = await linkedClient(simulator, PHONE);
  simulator.faults.add({ kind: 'duplicate-ack', times: 1 });

  const id = await sendText(socket, JID, 'hello');
  await simulator.ledger.waitForDelivery({ id, to: CONTACT });

  assert.equal(simulator.ledger.tally(id).acks, 2);
});

test('a late ack comes after the delay, and the receipts wait for it', async () => {
  await using simulator = await startSimulator();
  simulator.addContact({ phone: CONTACT });
  const { socket } = await linkedClient(simulator, PHONE);
  const delayMs = 80;
  simulator.faults.add({ kind: 'late-ack', delayMs });

  const id = await sendText(socket, JID, 'hello');
  await simulator.ledger.waitFor((entry) => entry.kind === 'stanza' && entry.id === id && entry.tag === 'receipt');

  const [sent, ack] = simulator.ledger.stanzas({ id });
  assert.equal(ack?.tag, 'ack');
  assert.ok((ack?.at ?? 0) - (sent?.at ?? 0) >= delayMs - 1);
});

for (const { kind, code } of [
  { kind: 'reset', code: 428 },
  { kind: 'close', code: 428 },
] as const) {
  test(`a ${kind} before the ack leaves the message delivered, and the same id can be sent again`, async () => {
    await using simulator = await startSimulator();
    simulator.addContact({ phone: CONTACT, devices: 1 });
    const { socket, auth } = await linkedClient(simulator, PHONE);
    simulator.faults.add({ kind, times: 1 });
    const closed = closeCode(socket);

    const id = await sendText(socket, JID, 'hello');
    assert.equal(await closed, code);
    const again = await logIn(simulator, auth);
    await sendText(again, JID, 'hello', id);
    await simulator.ledger.waitFor(() => simulator.ledger.deliveries({ id, to: CONTACT }).length === 2);

    const decrypted = { [`${CONTACT}:0`]: 2, [`${PHONE}:0`]: 2 };
    assert.deepEqual(simulator.ledger.tally(id), { arrivals: 2, resends: 0, acks: 1, decrypted });
  });
}

test('a connection can be ended after the ack', async () => {
  await using simulator = await startSimulator();
  simulator.addContact({ phone: CONTACT });
  const { socket } = await linkedClient(simulator, PHONE);
  simulator.faults.add({ kind: 'stream-error', code: 503, afterAck: true });
  const closed = closeCode(socket);
  const acks = acksOf(socket);

  const id = await sendText(socket, JID, 'hello');

  assert.equal((await acks.of(id)).attrs['id'], id);
  assert.equal(await closed, 503);
});

for (const code of [401, 440, 500, 503, 515] as const) {
  test(`a stream error ${code} closes the client with that code`, async () => {
    await using simulator = await startSimulator();
    const { socket } = await linkedClient(simulator, PHONE);
    const closed = closeCode(socket);

    simulator.disconnect(PHONE, { streamError: code });

    assert.equal(await closed, code);
  });
}

test('a login can be refused with any of the codes that WhatsApp uses, as often as wanted', async () => {
  await using simulator = await startSimulator();
  const { socket, auth } = await linkedClient(simulator, PHONE);
  await socket.end(undefined);

  for (const code of [402, 403, 405, 406, 411, 500, 503] as const) {
    simulator.faults.add({ kind: 'login-failure', account: PHONE, code, times: 1 });
    assert.equal(await closeCode(connect(simulator, auth)), code);
  }
  await logIn(simulator, auth);
});

test('a login that is refused for a ban can give the seconds until the ban ends', async () => {
  await using simulator = await startSimulator();
  const { socket, auth } = await linkedClient(simulator, PHONE);
  await socket.end(undefined);
  simulator.faults.add({ kind: 'login-failure', account: PHONE, code: 402, expire: 3_600, times: 1 });

  await closeCode(connect(simulator, auth));

  const [failure] = simulator.ledger.stanzas({ tag: 'failure', direction: 'out' });
  assert.deepEqual(failure?.attrs, { reason: '402', expire: '3600' });
});

test('a rule can apply to a login instead of a message', async () => {
  await using simulator = await startSimulator();
  const { socket, auth } = await linkedClient(simulator, PHONE);
  await socket.end(undefined);
  simulator.faults.add({ kind: 'stream-error', code: 503, on: 'login', times: 1 });

  assert.equal(await closeCode(connect(simulator, auth)), 503);
});

test('the upgrade can be answered with an HTTP status', async () => {
  await using simulator = await startSimulator();
  simulator.faults.add({ kind: 'upgrade-error', status: 503, times: 1 });
  const socket = connect(simulator, memoryAuth());

  const status = await new Promise((resolve) => {
    socket.ws.on('unexpected-response', (_request: unknown, response: IncomingMessage) => resolve(response.statusCode));
  });

  assert.equal(status, 503);
  await socket.end(undefined);
});

test('a simulator that is closed does not wait for late acks', { timeout: 5000 }, async () => {
  const simulator = await startSimulator();
  simulator.addContact({ phone: CONTACT });
  const { socket } = await linkedClient(simulator, PHONE);
  simulator.faults.add({ kind: 'late-ack', delayMs: 60_000 });
  const id = await sendText(socket, JID, 'hello');
  await simulator.ledger.waitForDelivery({ id, to: CONTACT });

  await simulator.close();

  assert.equal(simulator.ledger.tally(id).acks, 0);
});

test('a silent server stays connected and answers nothing', async () => {
  await using simulator = await startSimulator();
  simulator.addContact({ phone: CONTACT });
  const { socket } = await linkedClient(simulator, PHONE, { defaultQueryTimeoutMs: 200 });
  simulator.faults.add({ kind: 'silence' });

  const id = await sendText(socket, JID, 'hello');
  const answer = await socket.onWhatsApp(CONTACT);

  assert.equal(answer, undefined);
  assert.equal(simulator.ledger.stanzas({ id, direction: 'out' }).length, 0);
  assert.equal(simulator.connections()[0]?.state, 'open');
});

test('a corrupt frame reaches the client', async () => {
  await using simulator = await startSimulator();
  simulator.addContact({ phone: CONTACT });
  const { socket } = await linkedClient(simulator, PHONE);
  simulator.faults.add({ kind: 'corrupt-frame', deliver: false });
  // Baileys answers a corrupt frame with an unhandled rejection, so this test reads in its stead.
  socket.ws.removeAllListeners('message');
  const corrupt = new Promise<void>((resolve) => {
    socket.ws.on('message', (data: Buffer) => {
      if (data.length === CORRUPT_FRAME_LENGTH) resolve();
    });
  });

  await socket.sendNode({ tag: 'message', attrs: { id: 'ANY', to: JID, type: 'text' } });

  await corrupt;
});

/** Listens for acks from now on. */
function acksOf(socket: WASocket): { of(id: string): Promise<BinaryNode> } {
  const acks = new Map<string, PromiseWithResolvers<BinaryNode>>();
  const slot = (id: string) => {
    const known = acks.get(id) ?? Promise.withResolvers<BinaryNode>();
    acks.set(id, known);
    return known;
  };
  socket.ws.on('CB:ack,class:message', (node: BinaryNode) => slot(node.attrs['id'] ?? '').resolve(node));
  return { of: (id) => slot(id).promise };
}
