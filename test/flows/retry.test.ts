import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { SendResultSchema } from '../../src/domain/outbox.ts';
import { linkedClient } from '../simulator/support/client.ts';
import { eventually } from '../support/eventually.ts';
import { recipient, to } from '../support/gateway/environment.ts';
import { type LinkedBed, linkedBed, own } from '../support/gateway/linked-bed.ts';

interface Request {
  readonly method?: string;
  readonly path: string;
  readonly body: object;
}

/**
 * Has one device of the contact fail to decrypt what a request sends. Resolves with the id of the message, and what that
 * device and another one have decrypted of it in the end.
 */
async function sentAgain({ bed, client, session, contact }: LinkedBed, request: Request, failing = 1) {
  contact.failDecryption({ device: failing, times: 1 });
  const { method = 'POST', path, body } = request;
  const answer = await client.call(method, `/sessions/${session}/${path}`, body);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  const { waMessageId: id } = v.parse(SendResultSchema, answer.body);
  const again = await bed.simulator.ledger.waitForDelivery({ to: recipient, id, device: failing });
  const first = await bed.simulator.ledger.waitForDelivery({ to: recipient, id, device: 1 - failing });
  assert.ok(again.resend > 0 && first.resend === 0);
  return { id, again: again.message, first: first.message };
}

/** What the stanzas of a message say outside its encryption. */
function stanzasOf({ bed }: LinkedBed, id: string) {
  return bed.simulator.ledger.stanzas({ id, tag: 'message', direction: 'in' });
}

test('a device that asks for a reply, a poll, a place or an edit again gets the same message', async () => {
  await using linked = await linkedBed();
  const { contact, client, session } = linked;
  await client.sendText(session, to, 'sets the Signal sessions up');
  const replyTo = await contact.sendText(own, 'the original');

  await eventually(async () => {
    const { status } = await client.call('POST', `/sessions/${session}/messages`, {
      to,
      type: 'text',
      text: 'known?',
      replyTo,
    });
    assert.equal(status, 200);
  });

  const mentions = [to];
  const reply = { to, type: 'text', text: `@${recipient} indeed`, replyTo, mentions };
  const text = await sentAgain(linked, { path: 'messages', body: reply });
  assert.equal(text.first.extendedTextMessage?.contextInfo?.stanzaId, replyTo);
  assert.deepEqual(text.again, text.first);

  const change = { method: 'PATCH', path: `messages/${text.id}`, body: { chat: to, text: `@${recipient} no` } };
  const edit = await sentAgain(linked, change);
  assert.equal(edit.first.protocolMessage?.key?.remoteJid, contact.lid);
  assert.deepEqual(edit.again, edit.first);
  assert.deepEqual(
    stanzasOf(linked, edit.id).map(({ attrs }) => attrs['edit']),
    ['1', '1'],
  );

  const poll = await sentAgain(linked, {
    path: 'messages',
    body: { to, type: 'poll', name: 'Which?', options: ['red', 'green'] },
  });
  assert.deepEqual(poll.again, poll.first);
  for (const { attrs, children } of stanzasOf(linked, poll.id)) {
    assert.ok(attrs['type'] === 'poll' && children.includes('meta'), JSON.stringify({ attrs, children }));
  }

  const place = await sentAgain(linked, {
    path: 'messages',
    body: { to, type: 'location', latitude: 1, longitude: 2 },
  });
  assert.deepEqual(place.again, place.first);
});

test('a phone that asks for a message again gets it alone, and the others do not', async () => {
  await using linked = await linkedBed();
  const { bed, client, session, contact } = linked;
  await client.sendText(session, to, 'sets the Signal sessions up');
  const group = bed.simulator.addGroup({ subject: 'Choir', participants: [contact.phone, own] });

  for (const chat of [to, group.jid]) {
    const body = { to: chat, type: 'text', text: 'for everybody once' };
    const { id, again, first } = await sentAgain(linked, { path: 'messages', body }, 0);
    assert.deepEqual(again.extendedTextMessage, first.extendedTextMessage);
    assert.deepEqual(again.messageContextInfo, first.messageContextInfo);
    const { arrivals, resends, decrypted } = bed.simulator.ledger.tally(id);
    assert.deepEqual([arrivals, resends], [2, 1]);
    assert.deepEqual(decrypted, { [`${recipient}:0`]: 1, [`${recipient}:1`]: 1, [`${own}:0`]: 1 });
  }
});

test('the own phone that cannot decrypt what the gateway sends gets it again, in every kind of chat', async () => {
  await using linked = await linkedBed();
  const { bed, client, session, contact } = linked;
  const { simulator } = bed;
  const byNumber = simulator.addContact({ phone: '15550000002', addressing: 'pn' });
  const group = simulator.addGroup({ subject: 'Choir', participants: [contact.phone, own] });

  for (const chat of [to, byNumber.jid, group.jid]) {
    await client.sendText(session, chat, 'sets the Signal sessions up');
    simulator.phone(own).reinstall({ notify: false });
    const sent = v.parse(SendResultSchema, (await client.sendText(session, chat, 'also on my phone')).body);
    const { resend, ownCopy } = await simulator.ledger.waitForDelivery({ to: own, id: sent.waMessageId, device: 0 });
    assert.ok(resend > 0 && ownCopy !== undefined, JSON.stringify({ chat, resend, ownCopy }));
  }
});

test('a reply to a message that was edited quotes its newest text', async () => {
  await using linked = await linkedBed();
  const { bed, client, session } = linked;
  const { waMessageId: id } = v.parse(SendResultSchema, (await client.sendText(session, to, 'wrong')).body);
  await client.call('PATCH', `/sessions/${session}/messages/${id}`, { chat: to, text: 'right' });

  const body = { to, type: 'text', text: 'as I said', replyTo: id };
  const answer = await client.call('POST', `/sessions/${session}/messages`, body);

  const reply = v.parse(SendResultSchema, answer.body).waMessageId;
  const { message } = await bed.simulator.ledger.waitForDelivery({ to: recipient, id: reply, device: 0 });
  const { quotedMessage, stanzaId } = message.extendedTextMessage?.contextInfo ?? {};
  assert.deepEqual([stanzaId, quotedMessage?.extendedTextMessage?.text], [id, 'right']);
});

test('a device that could not decrypt a message gets it again from a gateway that was restarted meanwhile', async () => {
  await using linked = await linkedBed();
  const { bed, client, session, contact: ada } = linked;
  await client.sendText(session, to, 'sets the Signal sessions up');
  ada.failDecryption({ device: 1, times: 1 });

  // The connection is gone before the device can ask: its request waits for the next login.
  bed.simulator.faults.add({ kind: 'reset', times: 1, deliver: true, afterAck: true });
  const sent = await client.sendText(session, to, 'read me');
  assert.equal(sent.status, 200);
  await bed.restart();

  const delivery = await bed.simulator.ledger.waitFor(
    (entry) => entry.kind === 'delivery' && entry.text === 'read me' && entry.device === 1 && entry.to === ada.phone,
    { timeoutMs: 15_000 },
  );
  assert.ok(delivery.kind === 'delivery' && delivery.resend > 0);
});

test('somebody who only knows the id of a message is not sent it', async () => {
  await using linked = await linkedBed();
  const { bed, client, session } = linked;
  const { ledger } = bed.simulator;
  const { waMessageId: id } = v.parse(SendResultSchema, (await client.sendText(session, to, 'for Ada only')).body);
  const { socket: stranger } = await linkedClient(bed.simulator, '15550000009');

  const keyQueries = () =>
    ledger.stanzas({ account: own, tag: 'iq' }).filter(({ children }) => children.includes('key'));
  const queriedBefore = keyQueries().length;

  const retry = { tag: 'retry', attrs: { count: '1', id, t: '1', v: '1' } };
  await stranger.sendNode({
    tag: 'receipt',
    attrs: { to: `${own}:1@s.whatsapp.net`, id, type: 'retry' },
    content: [retry],
  });
  await ledger.waitFor(
    (entry) =>
      entry.kind === 'stanza' &&
      entry.tag === 'ack' &&
      entry.account === own &&
      entry.direction === 'in' &&
      entry.id === id &&
      entry.attrs['type'] === 'retry',
  );

  assert.equal(ledger.tally(id).resends, 0);
  assert.equal(keyQueries().length, queriedBefore, 'no keys are asked for on behalf of a stranger');
  await stranger.end(undefined);
});
