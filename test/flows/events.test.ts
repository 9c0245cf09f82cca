import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import type { LedgerEntry } from '../../simulator/ledger/entries.ts';
import { SendResultSchema } from '../../src/domain/outbox.ts';
import { SseClient } from '../http/support/sse.ts';
import { recipient, to } from '../support/gateway/environment.ts';
import { linkedBed, own, shared } from '../support/gateway/linked-bed.ts';

const EnvelopeSchema = v.strictObject({
  schema: v.literal('v1'),
  id: v.string(),
  event: v.string(),
  session: v.string(),
  organization: v.string(),
  timestamp: v.number(),
  payload: v.record(v.string(), v.unknown()),
});

type Envelope = v.InferOutput<typeof EnvelopeSchema>;

const { bed, client, session, contact } = shared(await linkedBed({ contact: { devices: 1 } }));
// The Signal sessions of both sides are set up, and what follows is told in its own order.
await client.sendText(session, to, 'hello');

function listen(query = '', headers: Record<string, string> = {}): Promise<SseClient> {
  const authorization = `Bearer ${client.token}`;
  return SseClient.open(`${bed.gateway.url}/api/v1/events${query}`, { authorization, ...headers });
}

function isPresence(entry: LedgerEntry, type: string): boolean {
  return entry.kind === 'stanza' && entry.tag === 'presence' && entry.attrs['type'] === type;
}

function envelopes(stream: SseClient): Envelope[] {
  return stream.events.map(({ data }) => v.parse(EnvelopeSchema, JSON.parse(data ?? '')));
}

/** The events that fit, as soon as there are so many. */
async function until(stream: SseClient, fits: (event: Envelope) => boolean, count: number): Promise<Envelope[]> {
  await stream.untilThat(() => envelopes(stream).filter(fits).length >= count);
  return envelopes(stream).filter(fits);
}

test('an async send tells every status it reaches, once and in order', async () => {
  await using stream = await listen('?event=message.status');

  const answer = await client.call('POST', `/sessions/${session}/messages?async=true`, {
    to,
    type: 'text',
    text: 'hi',
  });

  const { waMessageId } = v.parse(SendResultSchema, answer.body);
  const told = await until(stream, ({ payload }) => payload['waMessageId'] === waMessageId, 5);
  assert.deepEqual(
    told.map(({ payload }) => payload['status']),
    ['queued', 'sending', 'sent', 'delivered', 'read'],
  );
});

test('a message from a contact is told with what it says, and can be replied to', async () => {
  await using stream = await listen('?event=message');

  const id = await contact.sendText(own, 'are you there?');

  const [event] = await until(stream, ({ payload }) => payload['waMessageId'] === id, 1);
  assert.equal(event?.session, session);
  assert.equal(event?.payload['body'], 'are you there?');
  assert.equal(event?.payload['type'], 'text');
  assert.equal(event?.payload['fromMe'], false);
  assert.equal(event?.payload['senderJid'], event?.payload['chatJid']);
  assert.match(String(event?.payload['senderJid']), /^\d+@/);
  const reply = await client.call('POST', `/sessions/${session}/messages`, {
    to,
    type: 'text',
    text: 'yes',
    replyTo: id,
  });
  assert.equal(reply.status, 200, JSON.stringify(reply.body));
  const { waMessageId } = v.parse(SendResultSchema, reply.body);
  const { message } = await bed.simulator.ledger.waitForDelivery({ to: recipient, id: waMessageId });
  assert.equal(message.extendedTextMessage?.contextInfo?.stanzaId, id);
});

test('what the owner types on the phone is told as from us', async () => {
  await using stream = await listen('?event=message');

  const id = await bed.simulator.phone(own).sendText(recipient, 'from my pocket');

  const [event] = await until(stream, ({ payload }) => payload['waMessageId'] === id, 1);
  assert.equal(event?.payload['fromMe'], true);
  assert.equal(event?.payload['body'], 'from my pocket');
});

test('messages that came while the session was away are told when it is back', async () => {
  await using stream = await listen('?event=message');
  await client.call('POST', `/sessions/${session}:stop`);

  const id = await contact.sendText(own, 'while you were out');
  await client.call('POST', `/sessions/${session}:start`);

  const [event] = await until(stream, ({ payload }) => payload['waMessageId'] === id, 1);
  assert.equal(event?.payload['body'], 'while you were out');
});

test('votes in a poll are told with the options that are chosen', async () => {
  await client.until(session, 'connected');
  await using stream = await listen('?event=poll.vote');
  const body = { to, type: 'poll', name: 'Which?', options: ['red', 'green', 'blue'], selectableCount: 2 };
  const answer = await client.call('POST', `/sessions/${session}/messages`, body);
  const { waMessageId } = v.parse(SendResultSchema, answer.body);
  await bed.simulator.ledger.waitForDelivery({ to: recipient, id: waMessageId });

  await contact.vote(waMessageId, ['green', 'blue']);

  const [event] = await until(stream, ({ payload }) => payload['waMessageId'] === waMessageId, 1);
  assert.deepEqual(event?.payload['options'], ['green', 'blue']);
  assert.match(String(event?.payload['voterJid']), /^\d+@/);
});

test('a session tells its statuses, and its codes only to those who may manage', async () => {
  const reader = await bed.client({ capabilities: ['read'] });
  const authorization = `Bearer ${reader.token}`;
  await using managers = await listen();
  await using readers = await SseClient.open(`${bed.gateway.url}/api/v1/events`, { authorization });

  const linked = await client.linked(bed.simulator, '491700000002');

  const isOurs = (event: Envelope) => event.session === linked;
  const isConnected = (event: Envelope) => isOurs(event) && event.payload['status'] === 'connected';
  await until(managers, isConnected, 1);
  await until(readers, isConnected, 1);
  assert.ok(envelopes(managers).some((event) => isOurs(event) && event.event === 'auth.qr'));
  assert.ok(!envelopes(readers).some(({ event }) => event === 'auth.qr'));
  const statuses = envelopes(readers)
    .filter(isOurs)
    .filter(({ event }) => event === 'session.status')
    .map(({ payload }) => payload['status']);
  assert.deepEqual([...new Set(statuses)], ['pairing', 'connecting', 'connected']);
});

test('events of another organization are not told, and a resume by id misses nothing', async () => {
  const stranger = await bed.client({ organization: 'other' });
  const authorization = `Bearer ${stranger.token}`;
  await using strangers = await SseClient.open(`${bed.gateway.url}/api/v1/events`, { authorization });
  await using first = await listen('?event=message');
  await contact.sendText(own, 'one');
  await first.until(1);
  const lastEventId = first.lastEventId;

  const ids = [await contact.sendText(own, 'two'), await contact.sendText(own, 'three')];
  await using resumed = await listen('?event=message', { 'last-event-id': lastEventId });

  const events = await until(resumed, () => true, 2);
  assert.deepEqual(
    events.map(({ payload }) => payload['waMessageId']),
    ids,
  );
  assert.deepEqual(strangers.events, []);
});

test('autoRead marks what comes in as read', async () => {
  await client.call('PATCH', `/sessions/${session}`, { autoRead: true });
  await bed.simulator.ledger.waitFor((entry) => isPresence(entry, 'available'));

  const id = await contact.sendText(own, 'read me');

  const { ledger } = bed.simulator;
  await ledger.waitFor(() => ledger.ticks(id)[own] === 'read');
});

test('presenceTyping shows the recipient that somebody is typing', async () => {
  await client.call('PATCH', `/sessions/${session}`, { presenceTyping: true });

  assert.equal((await client.sendText(session, to, 'slowly typed')).status, 200);

  await bed.simulator.ledger.waitFor((entry) => entry.kind === 'typing' && entry.to === contact.lid && entry.shown);
});
