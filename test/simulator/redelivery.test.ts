import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linkedClient, logIn, sendText } from './support/client.ts';
import { startSimulator } from './support/simulator.ts';

const PHONE = '15551234567';
const ADA = '15550000001';

test('a client that was disconnected before it confirmed its receipts gets them once again', async () => {
  await using simulator = await startSimulator();
  const ada = simulator.addContact({ phone: ADA, devices: 1, receipts: 'delivered' });
  const { socket, auth } = await linkedClient(simulator, PHONE);
  const receipts = (id: string) => simulator.ledger.stanzas({ id, tag: 'receipt', direction: 'out' });
  const confirmed = await sendText(socket, ada.jid, 'one');
  await simulator.ledger.waitFor(
    (entry) => entry.kind === 'stanza' && entry.tag === 'ack' && entry.direction === 'in' && entry.id === confirmed,
  );

  // The client is gone the moment its message is handed over, and so cannot confirm anything.
  const id = 'UNCONFIRMED';
  simulator.faults.add({ kind: 'late-ack', id, delayMs: 50 });
  await sendText(socket, ada.jid, 'two', id);
  const cut = simulator.ledger.waitFor((entry) => {
    const isReceipt =
      entry.kind === 'stanza' && entry.tag === 'receipt' && entry.direction === 'out' && entry.id === id;
    if (isReceipt) simulator.disconnect(PHONE, 'reset');
    return isReceipt;
  });
  await cut;
  await simulator.ledger.waitFor(() => simulator.connections().length === 0);
  const before = receipts(id).length;

  await logIn(simulator, auth);
  await simulator.ledger.waitFor(() => receipts(id).length > before);
  const [again] = receipts(id).slice(before);
  assert.notEqual(again?.attrs['offline'], undefined);
  assert(receipts(confirmed).every(({ attrs }) => attrs['offline'] === undefined));
});
