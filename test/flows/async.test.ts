import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { SendResultSchema } from '../../src/domain/outbox.ts';
import { SseClient } from '../http/support/sse.ts';
import { eventually } from '../support/eventually.ts';
import type { Answer } from '../support/gateway/client.ts';
import { recipient, to } from '../support/gateway/environment.ts';
import { contactBed, shared } from '../support/gateway/linked-bed.ts';

const { bed, client } = shared(await contactBed({ contact: { devices: 1 } }));

function queue(session: string, text: string): Promise<Answer> {
  return client.call('POST', `/sessions/${session}/messages?async=true`, { to, type: 'text', text });
}

/** The texts that the recipient's phone got from a number, in order. */
function texts(from: string): (string | undefined)[] {
  return bed.simulator.ledger
    .deliveries({ to: recipient, device: 0 })
    .filter((delivery) => delivery.from === from)
    .map(({ text }) => text);
}

test('an async send is answered 202 as queued, goes out, and its outcome can be looked up', async () => {
  const session = await client.linked(bed.simulator, '491700000001');

  const answer = await queue(session, 'later');

  assert.equal(answer.status, 202);
  const { outboxId, waMessageId, status, mode } = v.parse(SendResultSchema, answer.body);
  assert.deepEqual([status, mode], ['queued', 'async']);
  const delivery = await bed.simulator.ledger.waitForDelivery({ to: recipient, id: waMessageId });
  assert.equal(delivery.text, 'later');
  await eventually(async () => assert.equal((await client.outbox(session, outboxId)).status, 'read'));
});

test('async sends queued while the session is stopped go out in order when it runs again', async () => {
  const session = await client.linked(bed.simulator, '491700000002');
  await client.call('POST', `/sessions/${session}:stop`);

  const expected = Array.from({ length: 30 }, (_, index) => `number ${index}`);
  for (const text of expected) assert.equal((await queue(session, text)).status, 202);
  await client.call('POST', `/sessions/${session}:start`);

  await eventually(() => assert.deepEqual(texts('491700000002'), expected));
});

test('a session tells how many sends wait in its queue, alone and in the list', async () => {
  const session = await client.linked(bed.simulator, '491700000012');
  await client.call('POST', `/sessions/${session}:stop`);

  for (const text of ['one', 'two', 'three']) await queue(session, text);

  assert.equal((await client.session(session))['queued'], 3);
  const { body } = await client.call('GET', '/sessions?limit=200');
  const { data } = v.parse(v.object({ data: v.array(v.object({ id: v.string(), queued: v.number() })) }), body);
  assert.equal(data.find(({ id }) => id === session)?.queued, 3);
  await client.call('POST', `/sessions/${session}:start`);
  await eventually(async () => assert.equal((await client.session(session))['queued'], 0));
});

test('an async send survives a restart of the gateway', async () => {
  const session = await client.linked(bed.simulator, '491700000003');
  await client.call('POST', `/sessions/${session}:stop`);
  await queue(session, 'over the restart');

  await bed.restart();
  await client.call('POST', `/sessions/${session}:start`);

  await eventually(() => assert.deepEqual(texts('491700000003'), ['over the restart']));
});

test('an async send to a number that was never linked is 501: nothing would ever send it', async () => {
  const created = await client.call('POST', '/sessions', {});
  const { id } = v.parse(v.looseObject({ id: v.string() }), created.body);

  assert.equal((await queue(id, 'never')).status, 501);
});

test('a queued send can be cancelled, a sent one cannot', async () => {
  const session = await client.linked(bed.simulator, '491700000004');
  const sent = v.parse(SendResultSchema, (await client.sendText(session, to, 'sent')).body);
  await client.call('POST', `/sessions/${session}:stop`);
  const queued = v.parse(SendResultSchema, (await queue(session, 'cancelled')).body);

  const first = await client.call('DELETE', `/sessions/${session}/outbox/${queued.outboxId}`);
  const second = await client.call('DELETE', `/sessions/${session}/outbox/${queued.outboxId}`);
  const tooLate = await client.call('DELETE', `/sessions/${session}/outbox/${sent.outboxId}`);
  await client.call('POST', `/sessions/${session}:start`);
  await client.until(session, 'connected');
  await client.sendText(session, to, 'afterwards');

  assert.deepEqual([first.status, second.status, tooLate.status], [204, 409, 409]);
  const entry = await client.outbox(session, queued.outboxId);
  assert.deepEqual([entry.status, entry.error?.code], ['failed', 'cancelled']);
  assert.deepEqual(texts('491700000004'), ['sent', 'afterwards']);
});

test('200 async sends accepted while the session reconnects all arrive, once and in order, each told as sent once', async () => {
  const phone = '491700000005';
  const session = await client.linked(bed.simulator, phone);
  const expected = Array.from({ length: 200 }, (_, index) => `number ${index}`);
  const url = `${bed.gateway.url}/api/v1/events?event=message.status&session=${session}`;
  await using stream = await SseClient.open(url, { authorization: `Bearer ${client.token}` });
  bed.simulator.disconnect(phone, 'reset');

  for (const text of expected) assert.equal((await queue(session, text)).status, 202);

  await eventually(() => assert.equal(texts(phone).length, expected.length), 60_000);
  assert.deepEqual(texts(phone), expected);
  const told = () => stream.events.filter(({ data }) => /"status":"sent"/.test(data ?? ''));
  await stream.untilThat(() => told().length >= expected.length);
  const ids = told().map(({ data }) => /"waMessageId":"([^"]+)"/.exec(data ?? '')?.[1]);
  assert.equal(new Set(ids).size, expected.length);
  assert.equal(ids.length, expected.length);
});
