import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startSimulator } from '../../simulator/simulator.ts';
import { readState } from '../../simulator/state/state.ts';
import { eventually } from '../support/eventually.ts';
import { linkedClient, sendText } from './support/client.ts';
import { next } from './support/events.ts';

const PHONE = '15551234567';
/** Addressed by number: Baileys as it is resolves none. */
const CONTACT = '15550000002';
const JID = `${CONTACT}@s.whatsapp.net`;

test('a message that is sent again under the same id is delivered again, unless the server deduplicates', async () => {
  await using simulator = await startSimulator();
  simulator.addContact({ phone: CONTACT, devices: 1 });
  const { socket } = await linkedClient(simulator, PHONE);
  const acks = () => simulator.ledger.tally('SAME').acks;

  await sendText(socket, JID, 'hello', 'SAME');
  await sendText(socket, JID, 'hello', 'SAME');
  await simulator.ledger.waitFor(() => simulator.ledger.deliveries({ id: 'SAME', to: CONTACT }).length === 2);
  simulator.settings.dedup = true;
  await sendText(socket, JID, 'hello', 'SAME');
  const other = await sendText(socket, JID, 'and on');
  await simulator.ledger.waitForDelivery({ id: other, to: CONTACT });

  assert.equal(acks(), 3);
  assert.equal(simulator.ledger.deliveries({ id: 'SAME', to: CONTACT }).length, 2);
  assert.equal(simulator.ledger.visible({ id: 'SAME', to: CONTACT }).length, 1);
});

test('a server that deduplicates still delivers what a retry was requested for', async () => {
  await using simulator = await startSimulator({ dedup: true });
  const contact = simulator.addContact({ phone: CONTACT, devices: 2 });
  const { socket } = await linkedClient(simulator, PHONE);
  contact.failDecryption({ device: 0, times: 1 });

  const id = await sendText(socket, JID, 'hello');
  await simulator.ledger.waitForDelivery({ id, to: CONTACT, device: 0 });

  const decrypted = { [`${CONTACT}:0`]: 1, [`${CONTACT}:1`]: 1, [`${PHONE}:0`]: 1 };
  assert.deepEqual(simulator.ledger.tally(id), { arrivals: 2, resends: 0, acks: 2, decrypted });
});

test('devices that do not decrypt still send receipts', async () => {
  await using simulator = await startSimulator({ decrypt: false });
  simulator.addContact({ phone: CONTACT });
  const { socket } = await linkedClient(simulator, PHONE);
  const group = simulator.addGroup({ subject: 'Choir', participants: [CONTACT, PHONE] });

  for (const jid of [JID, group.jid]) {
    const id = await sendText(socket, jid, 'hello');
    const receipts = () => simulator.ledger.stanzas({ id, tag: 'receipt', direction: 'out' });
    await simulator.ledger.waitFor(() => receipts().length === 4);
    assert.deepEqual(simulator.ledger.tally(id), { arrivals: 1, resends: 0, acks: 1, decrypted: {} });
  }
});

test('a new client makes few prekeys when the server reports that it has one', async () => {
  await using simulator = await startSimulator({ fewPreKeys: true });
  const contact = simulator.addContact({ phone: CONTACT });
  const { socket } = await linkedClient(simulator, PHONE);
  const heard = next(socket, 'messages.upsert', ({ messages }) =>
    messages.some(({ message }) => message?.conversation === 'hello'),
  );

  await contact.sendText(PHONE, 'hello');
  await heard;

  await eventually(() => {
    const [linked] = readState(simulator.save()).accounts.find(({ phone }) => phone === PHONE)?.linked ?? [];
    assert.ok(linked?.kind === 'companion');
    // The contact and the client's own phone have taken one each.
    assert.equal(linked.preKeys.length, 5 - 2);
  });
});
