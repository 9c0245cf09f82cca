import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WAMessage, WASocket } from '@whiskeysockets/baileys';
import type { LedgerEntry } from '../../simulator/ledger/entries.ts';
import { linkedClient, logIn, sendText } from './support/client.ts';
import { everythingConfirmed, isTrouble } from './support/ledger.ts';
import { startSimulator } from './support/simulator.ts';

const PHONE = '15551234567';

test('every device of a contact decrypts a text exactly once, and the phone of the sender gets a copy', async () => {
  await using simulator = await startSimulator();
  const contact = simulator.addContact({ phone: '15550000001', devices: 3 });
  const { socket } = await linkedClient(simulator, PHONE);

  const id = await sendText(socket, contact.jid, 'hello');
  await simulator.ledger.waitFor(() => simulator.ledger.deliveries({ id }).length === 4);

  const expected = [0, 1, 2].map((device) => ({ device, text: 'hello', ownCopy: false }));
  assert.deepEqual(simulator.ledger.deliveries({ to: contact.phone }).map(essence), expected);
  assert.deepEqual(simulator.ledger.deliveries({ to: PHONE }).map(essence), [
    { device: 0, text: 'hello', ownCopy: true },
  ]);
  assert.deepEqual(simulator.ledger.entries.filter(isTrouble), []);
});

test('messages in a row are decrypted in order, on sessions that were opened by the first', async () => {
  await using simulator = await startSimulator();
  const contact = simulator.addContact({ phone: '15550000001' });
  const { socket } = await linkedClient(simulator, PHONE);
  const texts = ['one', 'two', 'three', 'four'];

  for (const text of texts) await sendText(socket, contact.jid, text);
  await simulator.ledger.waitFor(() => simulator.ledger.deliveries({ to: contact.jid }).length === 2 * texts.length);

  assert.deepEqual(
    simulator.ledger.deliveries({ to: contact.jid, device: 1 }).map(({ text }) => text),
    texts,
  );
});

test('the ack comes first, then each device confirms, then the contact reads once', async () => {
  await using simulator = await startSimulator();
  const contact = simulator.addContact({ phone: '15550000001' });
  const { socket } = await linkedClient(simulator, PHONE);

  const id = await sendText(socket, contact.jid, 'hello');
  await simulator.ledger.waitFor(
    (entry) => entry.kind === 'stanza' && entry.id === id && entry.attrs['type'] === 'read',
  );

  const answers = simulator.ledger
    .stanzas({ id, direction: 'out' })
    .map(({ tag, attrs, from }) => [tag, attrs['type'], from]);
  assert.deepEqual(answers, [
    ['ack', undefined, contact.jid],
    ['receipt', 'sender', `${PHONE}@s.whatsapp.net`],
    ['receipt', undefined, contact.jid],
    ['receipt', undefined, `${contact.phone}:1@s.whatsapp.net`],
    ['receipt', 'read', contact.jid],
  ]);
});

test('a contact sends the receipts that it is set to send, and the client gets them', async () => {
  await using simulator = await startSimulator();
  const quiet = simulator.addContact({ phone: '15550000001', receipts: 'none' });
  const shy = simulator.addContact({ phone: '15550000002', receipts: 'delivered', devices: 1 });
  const open = simulator.addContact({ phone: '15550000003', receipts: 'read', devices: 1 });
  const { socket } = await linkedClient(simulator, PHONE, { emitOwnEvents: false });
  const heard = new Map<string, number>();
  const readByOpen = new Promise<void>((resolve) => {
    socket.ev.on('messages.update', (updates) => {
      for (const { key, update } of updates) heard.set(key.remoteJid ?? '', update.status ?? 0);
      if (heard.get(open.jid) === 4) resolve();
    });
  });

  for (const { jid } of [quiet, shy, open]) await sendText(socket, jid, 'hello');
  await readByOpen;

  assert.equal(heard.get(shy.jid), 3);
  const receipts = simulator.ledger.stanzas({ tag: 'receipt', direction: 'out' });
  assert.equal(receipts.filter(({ from }) => from === quiet.jid).length, 0);
});

test('an unknown number is not on WhatsApp', async () => {
  await using simulator = await startSimulator();
  const contact = simulator.addContact({ phone: '15550000001' });
  const { socket } = await linkedClient(simulator, PHONE);

  const found = await socket.onWhatsApp(contact.phone, '15559999999');
  assert.deepEqual(found, [{ jid: contact.jid, exists: true }]);

  const id = await sendText(socket, '15559999999@s.whatsapp.net', 'anybody there?');
  await simulator.ledger.waitForDelivery({ id });
  assert.deepEqual(
    simulator.ledger.deliveries({ id }).map(({ to }) => to),
    [PHONE],
  );
});

test('a text from a contact reaches the client, and the session that it opened carries the reply', async () => {
  await using simulator = await startSimulator();
  const contact = simulator.addContact({ phone: '15550000001', name: 'Ada' });
  const { socket } = await linkedClient(simulator, PHONE);
  const arrival = nextMessage(socket);

  const id = await contact.sendText(PHONE, 'are you there?');
  const message = await arrival;
  assert.equal(message.key.id, id);
  assert.equal(message.pushName, 'Ada');
  assert.equal(message.message?.conversation, 'are you there?');

  const reply = await sendText(socket, contact.jid, 'I am');
  await simulator.ledger.waitForDelivery({ id: reply, to: contact.phone, device: 1 });
  assert.deepEqual(simulator.ledger.entries.filter(isTrouble), []);
});

test('a client gets what it missed at its next login', async () => {
  await using simulator = await startSimulator();
  const contact = simulator.addContact({ phone: '15550000001' });
  const { socket, auth } = await linkedClient(simulator, PHONE);
  await everythingConfirmed(simulator);
  await socket.end(undefined);
  await simulator.ledger.waitFor(() => simulator.connections().length === 0);

  const id = await contact.sendText(PHONE, 'call me');
  const back = logIn(simulator, auth);
  const late = await simulator.ledger.waitFor(
    (entry) => entry.kind === 'stanza' && entry.direction === 'out' && entry.id === id && entry.tag === 'message',
  );
  assert.equal(late.kind === 'stanza' && late.attrs['offline'], '0');
  await simulator.ledger.waitFor((entry) => entry.kind === 'stanza' && entry.tag === 'receipt' && entry.id === id);
  await back;
});

test('missed stanzas arrive in order and are marked as offline', async () => {
  await using simulator = await startSimulator();
  const contact = simulator.addContact({ phone: '15550000001' });
  const { socket, auth } = await linkedClient(simulator, PHONE);
  const group = simulator.addGroup({ subject: 'Choir', participants: [contact.phone, PHONE] });
  await everythingConfirmed(simulator);
  await socket.end(undefined);
  await simulator.ledger.waitFor(() => simulator.connections().length === 0);
  const direct = await contact.sendText(PHONE, 'call me');
  group.setSubject('Band');
  const toAll = await group.sendText(contact.phone, 'call us');
  const typed = await simulator.phone(PHONE).sendText(contact.phone, 'I will');

  const back = logIn(simulator, auth);
  const confirmed = (id: string) => simulator.ledger.stanzas({ id, tag: 'receipt', direction: 'in' }).length > 0;
  await simulator.ledger.waitFor(() => [direct, toAll, typed].every(confirmed));

  const late = simulator.ledger
    .stanzas({ direction: 'out' })
    .filter(({ attrs }) => attrs['offline'] !== undefined)
    .map(({ tag, id, attrs }) => [attrs['offline'], tag === 'notification' ? tag : id]);
  assert.deepEqual(late, [
    ['0', direct],
    // The contact's token, and the new subject.
    ['1', 'notification'],
    ['2', 'notification'],
    ['3', toAll],
    ['4', typed],
  ]);
  await back;
});

test('two linked clients can write to each other', async () => {
  await using simulator = await startSimulator();
  const ada = await linkedClient(simulator, '15550000001');
  const ben = await linkedClient(simulator, '15550000002', { emitOwnEvents: false });
  const arrival = nextMessage(ben.socket);

  const id = await sendText(ada.socket, '15550000002@s.whatsapp.net', 'hello Ben');

  assert.equal((await arrival).message?.extendedTextMessage?.text, 'hello Ben');
  const confirmed = (entry: LedgerEntry) => entry.kind === 'stanza' && entry.direction === 'out' && entry.id === id;
  const fromBen = '15550000002:1@s.whatsapp.net';
  await simulator.ledger.waitFor((entry) => confirmed(entry) && entry.kind === 'stanza' && entry.from === fromBen);
});

test('a message that nobody can decrypt is recorded as such, not confirmed, and a retry is requested', async () => {
  await using simulator = await startSimulator();
  const contact = simulator.addContact({ phone: '15550000001', devices: 1 });
  const { socket } = await linkedClient(simulator, PHONE);
  const enc = { tag: 'enc', attrs: { v: '2', type: 'msg' }, content: Buffer.from('no ciphertext') };

  await socket.sendNode({ tag: 'message', attrs: { id: 'GARBAGE', to: contact.jid, type: 'text' }, content: [enc] });
  await sendText(socket, contact.jid, 'hello');
  await simulator.ledger.waitForDelivery({ to: contact.jid });

  const failures = simulator.ledger.entries.filter((entry) => entry.kind === 'undecryptable');
  assert.deepEqual(
    failures.map(({ id, to, device }) => ({ id, to, device })),
    [{ id: 'GARBAGE', to: contact.phone, device: 0 }],
  );
  const answers = simulator.ledger.stanzas({ id: 'GARBAGE', tag: 'receipt', direction: 'out' });
  assert.deepEqual(
    answers.map(({ attrs }) => attrs['type']),
    ['retry'],
  );
});

function nextMessage(socket: WASocket): Promise<WAMessage> {
  return new Promise((resolve) => {
    socket.ev.on('messages.upsert', ({ messages, type }) => {
      const [message] = messages.filter(({ key }) => key.fromMe !== true);
      if (type === 'notify' && message !== undefined) resolve(message);
    });
  });
}

function essence({ device, text, ownCopy }: { device: number; text: string | undefined; ownCopy: boolean }) {
  return { device, text, ownCopy };
}
