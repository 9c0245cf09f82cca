import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WASocket } from '@whiskeysockets/baileys';
import type { Contact } from '../../simulator/api/contact-api.ts';
import type { Simulator } from '../../simulator/simulator.ts';
import { linkedClient } from './support/client.ts';
import { request } from './support/request.ts';
import { startSimulator } from './support/simulator.ts';

const PHONE = '15551234567';
const ADA = '15550000001';

/** Has the contact write, and resolves once the client has sent a receipt of that type. */
async function written({ ledger }: Simulator, ada: Contact, type: string): Promise<string> {
  const id = await ada.sendText(PHONE, 'hello');
  await ledger.waitFor((entry) => entry.kind === 'receipt' && entry.id === id && entry.receipt === type);
  return id;
}

/** Says that the client is online, as soon as it has learnt from the phone how the account calls itself. */
async function goOnline({ ledger }: Simulator, socket: WASocket): Promise<void> {
  await ledger.waitFor((entry) => entry.kind === 'stanza' && entry.tag === 'presence' && entry.attrs['name'] === PHONE);
  await socket.sendPresenceUpdate('available');
}

test('a contact sees one tick for an inactive receipt, also when the message is read then', async () => {
  await using simulator = await startSimulator();
  const ada = simulator.addContact({ phone: ADA });
  const { socket } = await linkedClient(simulator, PHONE, { markOnlineOnConnect: false });

  const id = await written(simulator, ada, 'inactive');
  assert.deepEqual(simulator.ledger.ticks(id), { [PHONE]: 'sent' });
  await socket.readMessages([{ remoteJid: ada.jid, id }]);
  await simulator.ledger.waitFor((entry) => entry.kind === 'receipt' && entry.receipt === 'read');

  assert.deepEqual(simulator.ledger.ticks(id), { [PHONE]: 'sent' });
});

test('a contact sees the ticks of a client that is online, for every message of a receipt', async () => {
  await using simulator = await startSimulator();
  const ada = simulator.addContact({ phone: ADA });
  const { socket } = await linkedClient(simulator, PHONE, { markOnlineOnConnect: false });
  await goOnline(simulator, socket);

  const ids = [await written(simulator, ada, ''), await written(simulator, ada, '')];
  for (const id of ids) assert.deepEqual(simulator.ledger.ticks(id), { [PHONE]: 'delivered' });
  await socket.readMessages(ids.map((id) => ({ remoteJid: ada.jid, id })));
  await simulator.ledger.waitFor(() => ids.every((id) => simulator.ledger.ticks(id)[PHONE] === 'read'));

  const { body } = await request(simulator, 'GET', `/messages/${ids[1]}`);
  assert.deepEqual(body['ticks'], { [PHONE]: 'read' });
});

test('a contact sees a client type from the beginning to the end, if it is online', async () => {
  await using simulator = await startSimulator();
  const ada = simulator.addContact({ phone: ADA });
  const { socket } = await linkedClient(simulator, PHONE, { markOnlineOnConnect: false });
  const typeIn = async (count: number) => {
    await socket.sendPresenceUpdate('composing', ada.jid);
    await socket.sendPresenceUpdate('paused', ada.jid);
    await simulator.ledger.waitFor(() => simulator.ledger.typing().length === count);
  };

  await typeIn(1);
  await goOnline(simulator, socket);
  await typeIn(2);
  await socket.sendPresenceUpdate('composing', ada.jid);
  await socket.sendMessage(ada.jid, { text: 'typed' });
  await simulator.ledger.waitFor(() => simulator.ledger.typing().length === 3);
  await socket.sendPresenceUpdate('unavailable');
  await typeIn(4);

  const { body } = await request(simulator, 'GET', `/typing?from=${PHONE}`);
  assert.deepEqual(
    body.data.map(({ to, shown }) => ({ to, shown })),
    [false, true, true, false].map((shown) => ({ to: ada.jid, shown })),
  );
});
