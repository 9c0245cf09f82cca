import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { proto } from '@whiskeysockets/baileys';
import { linkedClient } from './support/client.ts';
import { next } from './support/events.ts';
import { startSimulator } from './support/simulator.ts';

const PHONE = '15551234567';
const ADA = '15550000001';
const BEN = '15550000002';

/** What a client that remembers its messages answers to requests for them. */
function memory() {
  const sent = new Map<string, proto.IMessage>();
  return { sent, getMessage: async ({ id }: { id?: string | null }) => sent.get(id ?? '') };
}

for (const device of [0, 1]) {
  test(`a device ${device} that could not decrypt requests a retry and gets the message`, async () => {
    await using simulator = await startSimulator();
    const ada = simulator.addContact({ phone: ADA });
    const { sent, getMessage } = memory();
    const { socket } = await linkedClient(simulator, PHONE, { getMessage });
    ada.failDecryption({ device, times: 1 });

    const message = await socket.sendMessage(ada.jid, { text: 'hello' });
    const id = message?.key.id ?? '';
    sent.set(id, message?.message ?? {});
    const delivery = await simulator.ledger.waitForDelivery({ id, to: ADA, device });

    assert.equal(delivery.text, 'hello');
    assert.equal(delivery.resend, device);
    const { arrivals, resends } = simulator.ledger.tally(id);
    // To the request of a phone Baileys answers with a message for all devices.
    assert.deepEqual({ arrivals, resends }, { arrivals: 2, resends: device });
    assert.equal(simulator.ledger.signal.askedByDevices, 1);
    const requests = simulator.ledger.stanzas({ id, tag: 'receipt', direction: 'out' });
    const [request] = requests.filter(({ attrs }) => attrs['type'] === 'retry');
    assert.deepEqual(request?.children, ['retry', 'registration', 'keys']);
  });
}

for (const addressing of ['lid', 'pn'] as const) {
  test(`members who could not decrypt get the message again, in a group that is addressed by ${addressing}`, async () => {
    await using simulator = await startSimulator();
    const ada = simulator.addContact({ phone: ADA });
    const ben = simulator.addContact({ phone: BEN, devices: 1 });
    const { sent, getMessage } = memory();
    const { socket } = await linkedClient(simulator, PHONE, { getMessage });
    const group = simulator.addGroup({ subject: 'Choir', participants: [ADA, BEN, PHONE], addressing });
    ada.failDecryption({ device: 1, times: 1 });

    const message = await socket.sendMessage(group.jid, { text: 'one' });
    const first = message?.key.id ?? '';
    sent.set(first, message?.message ?? {});
    const delivery = await simulator.ledger.waitForDelivery({ id: first, to: ADA, device: 1 });
    assert.deepEqual([delivery.resend, delivery.text, delivery.chat], [1, 'one', group.jid]);
    const second = (await socket.sendMessage(group.jid, { text: 'two' }))?.key.id ?? '';
    await simulator.ledger.waitForDelivery({ id: second, to: ADA, device: 1 });

    ben.failDecryption({ times: 1 });
    const third = (await socket.sendMessage(group.jid, { text: 'three' }))?.key.id ?? '';
    await simulator.ledger.waitForDelivery({ id: third, to: BEN });
    const counts = [first, second, third].map((id) => simulator.ledger.tally(id));
    assert.deepEqual(
      counts.map(({ arrivals, resends }) => ({ arrivals, resends })),
      [
        { arrivals: 2, resends: 1 },
        { arrivals: 1, resends: 0 },
        { arrivals: 2, resends: 0 },
      ],
    );
    assert.equal(simulator.ledger.visible({ id: third }).length, 3);
  });
}

test('a member without the sender key requests a retry, and gets the key with the message', async () => {
  await using simulator = await startSimulator();
  const ben = simulator.addContact({ phone: BEN, devices: 1 });
  const { socket, auth } = await linkedClient(simulator, PHONE);
  const group = simulator.addGroup({ subject: 'Choir', participants: [BEN, PHONE] });
  await auth.keys.set({ 'sender-key-memory': { [group.jid]: { [ben.lid]: true } } });

  const id = (await socket.sendMessage(group.jid, { text: 'hello' }))?.key.id ?? '';
  await simulator.ledger.waitForDelivery({ id, to: BEN });

  const [failure] = simulator.ledger.entries.filter((entry) => entry.kind === 'undecryptable');
  assert.deepEqual([failure?.to, failure?.reason], [BEN, 'the device has no sender key for this message']);
});

test('a device that never decrypts gives up after five requests', async () => {
  await using simulator = await startSimulator();
  const ada = simulator.addContact({ phone: ADA });
  const { sent, getMessage } = memory();
  const { socket } = await linkedClient(simulator, PHONE, { getMessage, maxMsgRetryCount: 100 });
  ada.failDecryption({ device: 1, times: 100 });

  const message = await socket.sendMessage(ada.jid, { text: 'hello' });
  const id = message?.key.id ?? '';
  sent.set(id, message?.message ?? {});
  const failures = () => simulator.ledger.entries.filter((entry) => entry.kind === 'undecryptable');
  await simulator.ledger.waitFor(() => failures().length === 6);

  const requests = simulator.ledger.stanzas({ id, tag: 'receipt', direction: 'out' });
  assert.equal(requests.filter(({ attrs }) => attrs['type'] === 'retry').length, 5);
});

test('a client that has lost its session requests a retry from the contact, and decrypts it', async () => {
  await using simulator = await startSimulator();
  const ada = simulator.addContact({ phone: ADA });
  const { socket, auth } = await linkedClient(simulator, PHONE);
  const group = simulator.addGroup({ subject: 'Choir', participants: [ADA, PHONE] });
  for (const to of [PHONE, group.jid]) {
    const greeted = next(socket, 'messages.upsert', ({ messages }) => messages[0]?.message?.conversation === 'hello');
    await ada.sendText(to, 'hello');
    await greeted;
    await simulator.ledger.waitFor((entry) => entry.kind === 'stanza' && entry.tag === 'receipt');
    const lid = ada.lid.replace('@lid', '_1');
    await auth.keys.set({ session: { [`${lid}.0`]: null }, 'sender-key': { [`${group.jid}::${lid}::0`]: null } });

    const again = next(socket, 'messages.upsert', ({ messages }) => messages[0]?.message?.conversation === 'lost?');
    const id = await ada.sendText(to, 'lost?');

    assert.equal((await again).messages[0]?.key.id, id);
  }
});

test('two linked clients recover a message between them', async () => {
  await using simulator = await startSimulator();
  const { sent, getMessage } = memory();
  const one = await linkedClient(simulator, PHONE, { getMessage });
  const two = await linkedClient(simulator, BEN);
  const jid = `${BEN}@s.whatsapp.net`;
  const greeted = next(two.socket, 'messages.upsert', ({ messages }) => messages[0]?.key.fromMe === false);
  await one.socket.sendMessage(jid, { text: 'hello' });
  const [greeting] = (await greeted).messages;
  await two.auth.keys.set({ session: { [`1${PHONE.padStart(17, '0')}_1.1`]: null } });
  assert.equal(greeting?.message?.extendedTextMessage?.text, 'hello');
  // The first message opened the session, and until it is answered every other one opens it anew.
  const answered = next(one.socket, 'messages.upsert', ({ messages }) => messages[0]?.key.fromMe === false);
  await two.socket.sendMessage(`${PHONE}@s.whatsapp.net`, { text: 'hello yourself' });
  await answered;
  await two.auth.keys.set({ session: { [`1${PHONE.padStart(17, '0')}_1.1`]: null } });

  const again = next(two.socket, 'messages.upsert', ({ messages }) => {
    return messages[0]?.message?.extendedTextMessage?.text === 'lost?';
  });
  const message = await one.socket.sendMessage(jid, { text: 'lost?' });
  sent.set(message?.key.id ?? '', message?.message ?? {});

  assert.equal((await again).messages[0]?.key.id, message?.key.id);
  const { askedByClients, askedByDevices } = simulator.ledger.signal;
  assert.deepEqual({ askedByClients, askedByDevices }, { askedByClients: 1, askedByDevices: 0 });
  assert.equal(simulator.ledger.tally(message?.key.id ?? '').resends, 1);
});
