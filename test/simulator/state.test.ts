import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silenceConsole } from '../../simulator/quiet-console.ts';
import { closeCode, connect, linkedClient, sendText } from './support/client.ts';
import { next } from './support/events.ts';
import { everythingConfirmed } from './support/ledger.ts';
import { startSimulator } from './support/simulator.ts';

const own = '15551234567';
const ada = '15550000001';

// libsignal prints sessions to it.
silenceConsole();

test('a simulator continues from the state of another one: clients stay linked, and all can decrypt', async () => {
  await using first = await startSimulator();
  const contact = first.addContact({ phone: ada, name: 'Ada', receipts: 'delivered' });
  const group = first.addGroup({ subject: 'Choir', participants: [ada, own] });
  group.resetInvite();
  const { socket, auth } = await linkedClient(first, own);
  await contact.sendText(own, 'hello');
  await contact.sendText(group.jid, 'hello, all');
  await sendText(socket, contact.jid, 'hello');
  await sendText(socket, group.jid, 'hello, all');
  await everythingConfirmed(first);
  const gone = first.ledger.waitFor(
    (entry) => entry.kind === 'connection' && entry.event === 'closed' && entry.account === own,
  );
  socket.end(undefined);
  await gone;
  const missed = await contact.sendText(own, 'while you were away');
  const saved = first.save();

  await using second = await startSimulator({ state: saved });
  assert.deepEqual(JSON.parse(second.save()), JSON.parse(saved));
  const [restored] = second.contacts();
  const [choir] = second.groups();
  assert.ok(restored !== undefined && choir !== undefined);
  assert.deepEqual([restored.name, restored.devices, restored.receipts], ['Ada', 2, 'delivered']);
  assert.deepEqual([choir.invite, choir.participants()], [group.invite, group.participants()]);
  assert.equal(second.rootKey, first.rootKey);
  const back = connect(second, auth);
  const { messages } = await next(back, 'messages.upsert');
  assert.deepEqual(
    messages.map(({ key }) => key.id),
    [missed],
  );
  const toAda = await sendText(back, restored.jid, 'again');
  const toAll = await sendText(back, choir.jid, 'again, all');
  for (const id of [toAda, toAll]) {
    await second.ledger.waitFor(() => second.ledger.deliveries({ id, to: ada }).length === 2);
  }
  const written = next(back, 'messages.upsert', ({ type }) => type === 'notify');
  const reply = await restored.sendText(choir.jid, 'again from me');
  assert.equal((await written).messages[0]?.key.id, reply);
  const { undecryptable, askedByDevices, askedByClients, reusedKeys } = second.ledger.signal;
  assert.deepEqual([undecryptable, askedByDevices, askedByClients, reusedKeys], [0, 0, 0, 0]);
  back.end(undefined);
});

test('an unlinked device stays unlinked, and device ids are not reused', async () => {
  await using first = await startSimulator();
  const { socket, auth } = await linkedClient(first, own);
  const ended = closeCode(socket);
  first.unlink(own);
  await ended;

  await using second = await startSimulator({ state: first.save() });
  assert.equal(await closeCode(connect(second, auth)), 401);
  const { auth: next } = await linkedClient(second, own);
  assert.match(next.creds.me?.id ?? '', /:2@/);
});

test('an invalid state is refused', async () => {
  for (const state of ['', '{}', '[]', '{"version":2}']) {
    await assert.rejects(startSimulator({ state }), { code: 'validation_error' });
  }
});
