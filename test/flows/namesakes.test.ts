import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { SseClient } from '../http/support/sse.ts';
import { eventually } from '../support/eventually.ts';
import { linkedBed, own } from '../support/gateway/linked-bed.ts';

const SentSchema = v.looseObject({ waMessageId: v.string() });

test('messages of two people with the same id are both told, once, and either can be answered', async () => {
  await using linked = await linkedBed();
  const { bed, client, session, contact: ada } = linked;
  const { simulator } = bed;
  const ben = simulator.addContact({ phone: '15550000002', devices: 1, addressing: 'lid', numbers: 'refused' });
  const headers = { authorization: `Bearer ${client.token}` };
  await using stream = await SseClient.open(`${bed.gateway.url}/api/v1/events?event=message`, headers);
  const told = () => stream.events.map(({ data = '' }) => data).filter((data) => data.includes('"SAME"'));

  await ada.sendText(own, 'from Ada', { id: 'SAME' });
  await ben.sendText(own, 'from Ben', { id: 'SAME' });
  await ada.sendText(own, 'from Ada', { id: 'SAME' });
  await ben.sendText(own, 'the last', { id: 'LAST' });
  await eventually(() => assert.ok(stream.events.some(({ data = '' }) => data.includes('"LAST"'))));

  assert.deepEqual(
    told().map((data) => /"body":"([^"]*)"/.exec(data)?.[1]),
    ['from Ada', 'from Ben'],
  );
  for (const [person, text] of [
    [ada, 'from Ada'],
    [ben, 'from Ben'],
  ] as const) {
    const answer = { to: person.jid, type: 'text', text: 'to that', replyTo: 'SAME' };
    const { status, body } = await client.call('POST', `/sessions/${session}/messages`, answer);
    assert.equal(status, 200);
    const { waMessageId: id } = v.parse(SentSchema, body);
    const delivery = await simulator.ledger.waitForDelivery({ id, to: person.phone });
    assert.equal(delivery.message.extendedTextMessage?.contextInfo?.quotedMessage?.conversation, text);
  }
});

test('messages of two people with the same id in one group are both told when they come at once', async () => {
  await using linked = await linkedBed();
  const { bed, client, contact: ada } = linked;
  const { simulator } = bed;
  const ben = simulator.addContact({ phone: '15550000002', devices: 1 });
  const group = simulator.addGroup({ subject: 'Choir', participants: [own, ada.phone, ben.phone] });
  const headers = { authorization: `Bearer ${client.token}` };
  await using stream = await SseClient.open(`${bed.gateway.url}/api/v1/events?event=message`, headers);

  await Promise.all([
    ada.sendText(group.jid, 'from Ada', { id: 'SAME' }),
    ben.sendText(group.jid, 'from Ben', { id: 'SAME' }),
  ]);
  await ben.sendText(group.jid, 'the last', { id: 'LAST' });
  await eventually(() => assert.ok(stream.events.some(({ data = '' }) => data.includes('"LAST"'))));

  const told = stream.events.map(({ data = '' }) => /"body":"([^"]*)"/.exec(data)?.[1]);
  assert.equal(told.length, 3);
  assert.deepEqual(new Set(told), new Set(['from Ada', 'from Ben', 'the last']));
});
