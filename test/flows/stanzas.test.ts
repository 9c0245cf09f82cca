import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BinaryNode, proto } from '@whiskeysockets/baileys';
import fc from 'fast-check';
import * as v from 'valibot';
import { SseClient } from '../http/support/sse.ts';
import { eventually } from '../support/eventually.ts';
import { linkedBed, own, shared } from '../support/gateway/linked-bed.ts';
import { anyStanza } from './support/any-stanza.ts';

const linked = shared(await linkedBed({ settings: {} }));
const { bed, client, session, contact: ada } = linked;
const { simulator } = bed;
const { ledger } = simulator;

const headers = { authorization: `Bearer ${client.token}` };
const stream = shared(await SseClient.open(`${bed.gateway.url}/api/v1/events?event=message`, headers));

const told = () => stream.events.map(({ data = '' }) => data).join();
const acks = (id: string) => ledger.stanzas({ id, tag: 'ack', direction: 'in' }).map(({ attrs }) => attrs);
const logins = () => ledger.entries.filter((entry) => entry.kind === 'connection' && entry.event === 'open').length;

/** Resolves when a message that was written after all that is told. */
async function followedByAMessage(): Promise<void> {
  const id = await ada.sendText(own, 'behind it');
  await eventually(() => assert.equal(told().split(`"waMessageId":"${id}"`).length - 1, 1));
}

test('what WhatsApp has only just invented is confirmed in its own class, once, and holds nothing up', async () => {
  simulator.settings.confirmWithinMs = 300;
  const before = logins();
  const from = ada.jid;
  simulator.inject(own, { tag: 'status', attrs: { id: 'STORY', from, type: 'media', participant: ada.lid } });
  simulator.inject(own, { tag: 'novelty', attrs: { id: 'NEW', from, recipient: 'a@lid' } });
  simulator.inject(own, { tag: 'novelty', attrs: { from } });
  simulator.inject(own, {
    tag: 'iq',
    attrs: { id: 'PING', from: 's.whatsapp.net', type: 'get', xmlns: 'urn:xmpp:ping' },
  });
  await followedByAMessage();

  assert.deepEqual(acks('STORY'), [{ class: 'status', id: 'STORY', to: from, type: 'media', participant: ada.lid }]);
  assert.deepEqual(acks('NEW'), [{ class: 'novelty', id: 'NEW', to: from, recipient: 'a@lid', error: '488' }]);
  const [pong] = ledger.stanzas({ id: 'PING', direction: 'in' });
  assert.deepEqual([pong?.tag, pong?.attrs['type']], ['iq', 'result']);
  assert.equal(logins(), before);
});

test('an unconfirmed stanza that WhatsApp complains of costs one reconnection, and has a reason of its own', async () => {
  const statuses = shared(await SseClient.open(`${bed.gateway.url}/api/v1/events?event=session.status`, headers));
  const reason = { tag: 'ack', attrs: { class: 'novelty', id: 'NEW' } };
  simulator.inject(own, { tag: 'stream:error', attrs: {}, content: [reason] });
  simulator.disconnect(own, 'close');

  await eventually(() =>
    assert.match(statuses.events.map(({ data = '' }) => data).join(), /"reason":"stanza_unconfirmed"/),
  );
  await client.until(session, 'connected');
  await followedByAMessage();
});

test('a login that is accepted while a number is being linked does not end the offer', async () => {
  const { body } = await client.call('POST', '/sessions', { start: true });
  const { id } = v.parse(v.looseObject({ id: v.string() }), body);
  const code = await client.qr(id);

  const queries = ledger.waitFor((entry) => {
    if (entry.kind !== 'stanza' || entry.tag !== 'iq' || entry.direction !== 'in' || entry.account !== undefined)
      return false;
    if (entry.id === undefined || entry.attrs['xmlns'] === undefined) return false;
    const count = { tag: 'count', attrs: { value: '50' } };
    simulator.injectUnlinked({
      tag: 'iq',
      attrs: { id: entry.id, from: 's.whatsapp.net', type: 'result' },
      content: [count],
    });
    // The library counts itself as logged in and asks for more.
    return entry.attrs['xmlns'] === 'blocklist';
  });
  simulator.injectUnlinked({ tag: 'success', attrs: { t: '1700000000', lid: '1@lid' } });
  await queries;

  await simulator.scanQr(code, '491700000002');
  await client.until(id, 'connected');
});

test('stories, posts of channels and what goes to a broadcast list are no messages of a chat, and nobody is told that they were read', async () => {
  await client.call('PATCH', `/sessions/${session}`, { autoRead: true });
  const post = { tag: 'plaintext', attrs: {}, content: proto.Message.encode({ conversation: 'a post' }).finish() };
  const attrs = { id: 'POST', from: '120363000000000009@newsletter', type: 'text', t: '1700000000' };
  simulator.inject(own, { tag: 'message', attrs, content: [post] });
  const story = { id: 'A STORY', from: 'status@broadcast', participant: ada.jid };
  await ada.sendText(own, 'my holiday', story);
  await ada.sendText(own, 'to many', { id: 'TO MANY', from: '1234@broadcast', participant: ada.jid });
  const behind = await ada.sendText(own, 'read this');
  await ledger.waitFor((entry) => entry.kind === 'stanza' && entry.id === behind && entry.attrs['type'] === 'read');

  for (const id of ['POST', story.id, 'TO MANY']) {
    assert.ok(!told().includes(`"${id}"`));
    const answers = ledger.stanzas({ id, direction: 'in' });
    assert.ok(answers.length > 0 && answers.every((each) => each.attrs['type'] !== 'read'), id);
    const reply = { to: ada.jid, type: 'text', text: 'to that?', replyTo: id };
    assert.equal((await client.call('POST', `/sessions/${session}/messages`, reply)).status, 400);
  }
});

/** Of a stanza with an id that a client confirms: a message by any receipt, the others by one ack of their class. */
function assertConfirmed({ tag, attrs: { id = '' } }: BinaryNode): void {
  const answers = ledger.stanzas({ id, direction: 'in' });
  const confirmations = answers.filter((each) => each.tag === 'ack');
  const isReceived = tag === 'message' && answers.some((each) => each.tag === 'receipt');
  assert.equal(confirmations.length, isReceived ? Math.min(confirmations.length, 1) : 1, `${tag} ${id}`);
  assert(confirmations.every(({ attrs }) => attrs['class'] === tag));
}

const unconfirmed = new Set(['presence', 'chatstate', 'ack', 'iq', 'ib']);

test('whatever WhatsApp sends, nothing ends the connection, all is confirmed, and what is behind it arrives', async () => {
  simulator.settings.confirmWithinMs = 60_000;
  const before = logins();
  let count = 0;
  const stanzas = fc.array(anyStanza([ada.jid, ada.lid, `${own}@s.whatsapp.net`]), { minLength: 10, maxLength: 40 });
  const property = fc.asyncProperty(stanzas, async (given) => {
    const sent = given.map((node) => {
      count += 1;
      return { ...node, attrs: { ...node.attrs, id: `ANY${count}` } };
    });
    for (const node of sent) simulator.inject(own, node);
    await followedByAMessage();
    await eventually(() => sent.filter(({ tag }) => !unconfirmed.has(tag)).forEach(assertConfirmed));
    assert.equal(logins(), before);
  });

  await fc.assert(property, {
    seed: Number(process.env['SEED'] ?? 20),
    numRuns: Number(process.env['RUNS'] ?? 30),
    endOnFailure: true,
  });
  assert.equal((await client.session(session)).status, 'connected');
});
