import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SseClient } from '../http/support/sse.ts';
import { to } from '../support/gateway/environment.ts';
import { linkedBed, own } from '../support/gateway/linked-bed.ts';
import { everybodyWrites } from './support/first-messages.ts';

test('when many write for the first time at once, all are told at the first delivery and the stock is refilled', async () => {
  const { signal } = await everybodyWrites(40, 25);

  assert.equal(signal.askedByClients, 0);
});

test('sessions that begin without a one-time prekey work, whoever begins them', async () => {
  await using linked = await linkedBed({ contact: { preKeys: 0, devices: 1 } });
  const { bed, client, session, contact } = linked;
  const { simulator } = bed;
  const other = simulator.addContact({ phone: '6281234560001', devices: 1 });
  simulator.takePreKeys(own, 5);
  assert.equal(simulator.clients(own)[0]?.preKeys, 0);
  const url = `${bed.gateway.url}/api/v1/events?event=message`;
  await using stream = await SseClient.open(url, { authorization: `Bearer ${client.token}` });

  // The session begins the first chat, the other person the second; then each is answered.
  assert.equal((await client.sendText(session, to, 'to a person without prekeys')).status, 200);
  await simulator.ledger.waitForDelivery({ to: contact.phone });
  const ids = [await contact.sendText(own, 'an answer'), await other.sendText(own, 'to a session without prekeys')];
  await stream.untilThat(() => ids.every((id) => stream.events.some(({ data = '' }) => data.includes(id))));
  assert.equal((await client.sendText(session, `${other.phone}@s.whatsapp.net`, 'an answer')).status, 200);
  await simulator.ledger.waitForDelivery({ to: other.phone });

  const { undecryptable, askedByClients, askedByDevices } = simulator.ledger.signal;
  assert.deepEqual([undecryptable, askedByClients, askedByDevices], [0, 0, 0]);
});
