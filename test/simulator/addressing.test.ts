import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silenceConsole } from '../../simulator/quiet-console.ts';
import { closeCode, linkedClient, sendText } from './support/client.ts';
import { next } from './support/events.ts';
import { isTrouble } from './support/ledger.ts';
import { startSimulator } from './support/simulator.ts';

const own = '15551234567';
const ownLid = '100000015551234567@lid';
const ada = '15550000001';
const adaJid = `${ada}@s.whatsapp.net`;
const adaLid = '100000015550000001@lid';

// libsignal prints sessions to it.
silenceConsole();

/** The attributes of a stanza that name people. */
function namesIn(attrs: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(attrs).filter(([name]) => /^(from|participant|recipient|sender|peer|username)/.test(name)),
  );
}

test('contacts with an odd number are addressed by LID, others by number', async () => {
  await using simulator = await startSimulator();
  const { socket } = await linkedClient(simulator, own);
  const odd = simulator.addContact({ phone: ada });
  const even = simulator.addContact({ phone: '15550000002', username: 'ben' });
  for (const contact of [odd, even]) await contact.sendText(own, 'hello');

  const stanzas = simulator.ledger.stanzas({ tag: 'message', direction: 'out' });
  const named = stanzas.filter(({ attrs }) => attrs['category'] !== 'peer').map(({ attrs }) => namesIn(attrs));
  assert.deepEqual(named, [
    { from: adaLid, sender_pn: adaJid },
    { from: '15550000002@s.whatsapp.net', sender_lid: '100000015550000002@lid', username: 'ben' },
  ]);
  socket.end(undefined);
});

test('what the phone of a client writes names the recipient by both addresses', async () => {
  await using simulator = await startSimulator();
  const { socket } = await linkedClient(simulator, own);
  simulator.addContact({ phone: ada, addressing: 'lid', username: 'ada' });
  simulator.addContact({ phone: '15550000002', addressing: 'pn' });
  const [byLid, byNumber] = [
    await simulator.phone(own).sendText(ada, 'hello'),
    await simulator.phone(own).sendText('15550000002', 'hello'),
  ];

  const named = (id: string) => simulator.ledger.stanzas({ id, tag: 'message' }).map(({ attrs }) => namesIn(attrs));
  const peer = { recipient: adaLid, peer_recipient_pn: adaJid, peer_recipient_username: 'ada' };
  assert.deepEqual(named(byLid), [{ from: ownLid, ...peer }]);
  const ben = { recipient: '15550000002@s.whatsapp.net', peer_recipient_lid: '100000015550000002@lid' };
  assert.deepEqual(named(byNumber), [{ from: `${own}@s.whatsapp.net`, ...ben }]);
  socket.end(undefined);
});

test('receipts and retry requests come from the address that the message was sent to', async () => {
  await using simulator = await startSimulator();
  const contact = simulator.addContact({ phone: ada, addressing: 'lid', devices: 1 });
  const { socket } = await linkedClient(simulator, own, { emitOwnEvents: false });
  for (const [to, ownAddress] of [
    [adaLid, ownLid],
    [adaJid, `${own}@s.whatsapp.net`],
  ] as const) {
    contact.failDecryption({ times: 1 });
    const id = await sendText(socket, to, 'hello');
    await simulator.ledger.waitFor(() => simulator.ledger.deliveries({ id, to: ada }).length === 1);

    const receipts = () => simulator.ledger.stanzas({ id, tag: 'receipt', direction: 'out' });
    await simulator.ledger.waitFor(() => receipts().some(({ attrs }) => attrs['type'] === 'read'));
    const named = receipts().map(({ attrs: { type, from, recipient } }) => `${type} ${from} ${recipient}`);
    assert.deepEqual(
      new Set(named),
      new Set([
        `retry ${to} undefined`,
        `sender ${ownAddress} ${to}`,
        `undefined ${to} undefined`,
        `read ${to} undefined`,
      ]),
    );
  }
  socket.end(undefined);
});

test('a client confirms from the address that the other one wrote to', async () => {
  await using simulator = await startSimulator();
  const first = await linkedClient(simulator, own);
  const second = await linkedClient(simulator, ada, { emitOwnEvents: false });
  for (const to of [adaLid, adaJid]) {
    const id = await sendText(first.socket, to, 'hello');
    const confirmed = () =>
      simulator.ledger
        .stanzas({ id, tag: 'receipt', direction: 'out', account: own })
        .flatMap(({ attrs, from }) => (attrs['type'] === 'sender' ? [] : from));
    const addresses = [to, to.replace('@', ':1@')];
    await simulator.ledger.waitFor(() => addresses.every((address) => confirmed().includes(address)));
    assert.deepEqual(new Set(confirmed()), new Set(addresses));
  }
  for (const { socket } of [first, second]) socket.end(undefined);
});

test('a contact that hides the number is known by LID and username only', async () => {
  await using simulator = await startSimulator();
  const contact = simulator.addContact({ phone: ada, number: false, username: 'ada' });
  const group = simulator.addGroup({ subject: 'Choir', participants: [own, ada] });
  const { socket } = await linkedClient(simulator, own);
  assert.equal(contact.jid, adaLid);

  const heard = next(socket, 'messages.upsert', ({ messages: [first] }) => first?.key.fromMe === false);
  await contact.sendText(own, 'hello');
  const [message] = (await heard).messages;
  assert.deepEqual([message?.key.remoteJid, message?.key.remoteJidAlt], [adaLid, undefined]);
  await contact.sendText(group.jid, 'hello, all');
  const id = await sendText(socket, adaLid, 'hello back');
  await simulator.ledger.waitFor(() => simulator.ledger.deliveries({ id, to: ada }).length === 2);

  assert.deepEqual(await socket.onWhatsApp(ada), []);
  const { participants } = await socket.groupMetadata(group.jid);
  const member = participants.find(({ id: address }) => address === adaLid);
  assert.deepEqual([member?.phoneNumber, member?.username], [undefined, 'ada']);
  const stanzas = simulator.ledger.stanzas({ direction: 'out' });
  assert.ok(!JSON.stringify(stanzas).includes(adaJid));
  assert.deepEqual(simulator.ledger.entries.filter(isTrouble), []);
  socket.end(undefined);
});

test('how a contact is addressed is part of the saved state', async () => {
  await using first = await startSimulator();
  first.addContact({ phone: ada, addressing: 'pn', username: 'ada' });
  first.addContact({ phone: '15550000002', number: false });
  const { socket } = await linkedClient(first, own);
  const closed = closeCode(socket);
  first.unlink(own);
  await closed;

  await using second = await startSimulator({ state: first.save() });

  const seen = second.contacts().map(({ addressing, username, number, jid }) => [addressing, username, number, jid]);
  assert.deepEqual(seen, [
    ['pn', 'ada', true, adaJid],
    ['lid', undefined, false, '100000015550000002@lid'],
  ]);
});

test('a state of a release without addressing has all contacts by number', async () => {
  await using first = await startSimulator();
  first.addContact({ phone: ada });
  const state = JSON.parse(first.save());
  for (const account of state.accounts) for (const name of ['addressing', 'username', 'number']) delete account[name];

  await using second = await startSimulator({ state: JSON.stringify(state) });

  assert.deepEqual(
    second.contacts().map(({ addressing, number }) => [addressing, number]),
    [['pn', true]],
  );
});
