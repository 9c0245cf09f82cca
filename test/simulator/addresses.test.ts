import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WASocket } from '@whiskeysockets/baileys';
import type { Simulator } from '../../simulator/simulator.ts';
import { linkedClient, sendText } from './support/client.ts';
import { isTrouble } from './support/ledger.ts';
import { request } from './support/request.ts';
import { startSimulator } from './support/simulator.ts';

const PHONE = '15551234567';

/** The ack of a text, and how often it was decrypted. */
async function sent(simulator: Simulator, socket: WASocket, to: string) {
  const id = await sendText(socket, to, 'hello');
  await simulator.ledger.waitFor((entry) => entry.kind === 'stanza' && entry.id === id && entry.tag === 'ack');
  const [ack] = simulator.ledger.stanzas({ id, tag: 'ack', direction: 'out' });
  return { id, error: ack?.attrs['error'] };
}

test('a number that is refused gets an ack with 463 and no delivery; its LID gets both, and answers from the LID', async () => {
  await using simulator = await startSimulator();
  const contact = simulator.addContact({ phone: '15550000001', numbers: 'refused' });
  const { socket } = await linkedClient(simulator, PHONE);

  const byNumber = await sent(simulator, socket, contact.jid);
  const byLid = await sent(simulator, socket, contact.lid);
  const { id } = byLid;
  await simulator.ledger.waitFor(
    (entry) => entry.kind === 'stanza' && entry.id === id && entry.attrs['type'] === 'read',
  );

  assert.deepEqual([byNumber.error, byLid.error], ['463', undefined]);
  assert.deepEqual(simulator.ledger.tally(byNumber.id).decrypted, {});
  const { phone } = contact;
  assert.deepEqual(simulator.ledger.tally(id).decrypted, { [`${phone}:0`]: 1, [`${phone}:1`]: 1, [`${PHONE}:0`]: 1 });
  const [copy] = simulator.ledger.deliveries({ id, to: PHONE });
  assert.equal(copy?.destination, contact.lid);
  const receipts = simulator.ledger.stanzas({ id, tag: 'receipt', direction: 'out' });
  assert(receipts.every(({ from }) => from?.endsWith('@lid')));
  assert.deepEqual(simulator.ledger.entries.filter(isTrouble), []);
});

test('a device that is written to by LID asks for a message again from its LID, and gets it', async () => {
  await using simulator = await startSimulator();
  const contact = simulator.addContact({ phone: '15550000001', numbers: 'refused', devices: 1 });
  const { socket } = await linkedClient(simulator, PHONE);
  contact.failDecryption({ times: 1 });

  const { id } = await sent(simulator, socket, contact.lid);

  const { text } = await simulator.ledger.waitForDelivery({ id, to: contact.phone });
  assert.equal(text, 'hello');
  assert.equal(simulator.ledger.tally(id).arrivals, 2);
});

test('an alias is known to the look-up of contacts only, which answers with the number', async () => {
  await using simulator = await startSimulator();
  const contact = simulator.addContact({ phone: '551155500001', aliases: ['+55 11 9 5550-0001'] });
  const { socket } = await linkedClient(simulator, PHONE);

  const answer = await socket.onWhatsApp('5511955500001');
  const devices = await socket.getUSyncDevices(['5511955500001@s.whatsapp.net'], false, false);

  assert.deepEqual(answer, [{ jid: contact.jid, exists: true }]);
  assert.deepEqual(devices, []);
  assert.throws(() => simulator.addContact({ phone: '5511955500001' }), /already on the simulated WhatsApp/);
});

test('without a LID look-ups name none, and neither do messages nor groups', async () => {
  await using simulator = await startSimulator();
  const contact = simulator.addContact({ phone: '15550000001', lid: 'none' });
  const { socket } = await linkedClient(simulator, PHONE);
  const group = simulator.addGroup({ subject: 'Choir', participants: [PHONE, contact.phone], addressing: 'pn' });

  assert.equal(await socket.signalRepository.lidMapping.getLIDForPN(contact.jid), null);
  const { participants } = await socket.groupMetadata(group.jid);
  const id = await contact.sendText(PHONE, 'hello');
  await simulator.ledger.waitFor((entry) => entry.kind === 'stanza' && entry.id === id && entry.direction === 'out');

  assert.equal(participants.find(({ id: jid }) => jid === contact.jid)?.lid, undefined);
  const [message] = simulator.ledger.stanzas({ id, tag: 'message' });
  assert.equal(message?.attrs['sender_lid'], undefined);
});

test('a contact keeps all of it in the saved state, and the control API tells it', async () => {
  await using simulator = await startSimulator();
  const phone = '551155500001';
  const aliases = ['5511955500001'];
  const body = { phone, numbers: 'refused', aliases, lid: 'none' };

  const created = await request(simulator, 'POST', '/contacts', body);
  await using continued = await startSimulator({ state: simulator.save() });

  assert.equal(created.status, 201);
  const [contact] = continued.contacts();
  assert.deepEqual(contact?.listing, { numbers: 'refused', aliases, lid: 'none' });
  const { body: listed } = await request(continued, 'GET', '/contacts');
  assert.equal(listed.data[0]?.['lid'], null);
  assert.deepEqual(listed.data[0]?.['aliases'], aliases);
});
