import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startSimulator } from '../../../simulator/simulator.ts';
import { linkedClient, sendText } from '../support/client.ts';

const PHONE = '15551234567';
const ADA = '15550000001';

test('a client that sends with an older Signal state reuses a key, and the ledger records it', async () => {
  await using simulator = await startSimulator();
  const ada = simulator.addContact({ phone: ADA, devices: 1, numbers: 'accepted' });
  const { socket, auth } = await linkedClient(simulator, PHONE);
  await simulator.ledger.waitForDelivery({ id: await sendText(socket, ada.jid, 'one'), to: ADA });
  assert.equal(simulator.ledger.signal.reusedKeys, 0);
  const session = await auth.keys.get('session', [`${ada.lid.split('@')[0]}_1.0`]);

  await simulator.ledger.waitForDelivery({ id: await sendText(socket, ada.jid, 'two'), to: ADA });
  await auth.keys.set({ session });
  const id = await sendText(socket, ada.jid, 'three');

  const reuse = await simulator.ledger.waitFor((entry) => entry.kind === 'key-reuse');
  assert(reuse.kind === 'key-reuse');
  assert.deepEqual([reuse.id, reuse.from, reuse.counter], [id, PHONE, 1]);
  assert.equal(simulator.ledger.signal.reusedKeys, 1);
});

test('so does a client that sends to a group with an older sender key', async () => {
  await using simulator = await startSimulator();
  const ada = simulator.addContact({ phone: ADA, devices: 1 });
  const { socket, auth } = await linkedClient(simulator, PHONE);
  const { jid } = simulator.addGroup({ subject: 'Choir', participants: [ada.phone, PHONE] });
  await simulator.ledger.waitForDelivery({ id: await sendText(socket, jid, 'one'), to: ADA });
  assert.equal(simulator.ledger.signal.reusedKeys, 0);
  const own = auth.creds.me?.lid ?? '';
  const [user = '', device = '0'] = own.split('@')[0]?.split(':') ?? [];
  const senderKey = await auth.keys.get('sender-key', [`${jid}::${user}_1::${device}`]);

  await simulator.ledger.waitForDelivery({ id: await sendText(socket, jid, 'two'), to: ADA });
  await auth.keys.set({ 'sender-key': senderKey });
  await sendText(socket, jid, 'three');

  const reuse = await simulator.ledger.waitFor((entry) => entry.kind === 'key-reuse');
  assert(reuse.kind === 'key-reuse');
  assert.equal(reuse.to, jid);
});
