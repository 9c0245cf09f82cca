import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeliveryEntry, LedgerEntry } from '../../simulator/ledger/entries.ts';
import { eventually } from '../support/eventually.ts';
import { recipient } from '../support/gateway/environment.ts';
import { eventsOf, GroupBed, heard } from '../support/gateway/group-bed.ts';
import { linkedBed, own, shared } from '../support/gateway/linked-bed.ts';

const bob = '6281234567891';

const linked = shared(await linkedBed());
const { bed, client, session, contact: ann } = linked;
const { simulator } = bed;
const groups = new GroupBed(linked);
simulator.addContact({ phone: bob, devices: 1 });
const self = simulator.phone(own);

const stranger = '6281234567999@s.whatsapp.net';

/** The text and the context of a message as the phone of a member decrypted it. */
async function seen(id: string) {
  const { message, text } = await simulator.ledger.waitForDelivery({ to: recipient, id, device: 0 });
  return { text, context: message.extendedTextMessage?.contextInfo };
}

/** Whether an entry is the arrival of an edit of that message at a member. */
function isEditOf(id: string) {
  return (entry: LedgerEntry): entry is DeliveryEntry =>
    entry.kind === 'delivery' && entry.edits === id && entry.to === recipient;
}

for (const addressing of ['lid', 'pn'] as const) {
  const [named, other] = addressing === 'lid' ? [ann.lid, ann.jid] : [ann.jid, ann.lid];
  const digits = (jid: string) => jid.split('@')[0] ?? '';

  test(`in a group with ${addressing} addressing a member is mentioned by either address`, async () => {
    const group = simulator.addGroup({ subject: 'Mentions', participants: [own, recipient, bob], addressing });
    const body = {
      text: `@${digits(other)}, not @1${digits(other)} or @${digits(stranger)}`,
      mentions: [other, stranger],
    };

    const { text, context } = await seen(await groups.sent(group, body));

    assert.equal(text, `@${digits(named)}, not @1${digits(other)} or @${digits(stranger)}`);
    assert.deepEqual(context?.mentionedJid, [named, stranger]);
    const twice = await seen(await groups.sent(group, { text: `@${digits(other)}`, mentions: [named, other] }));
    const mixed = await seen(await groups.sent(group, { text: `@${digits(other)}`, mentions: [named] }));
    assert.equal(mixed.text, `@${digits(named)}`);
    assert.equal(twice.text, `@${digits(named)}`);
    assert.deepEqual(twice.context?.mentionedJid, [named]);
  });

  test(`in a group with ${addressing} addressing an edit mentions and quotes as its message did`, async () => {
    const group = simulator.addGroup({ subject: 'Edits', participants: [own, recipient, bob], addressing });
    const theirs = await group.sendText(recipient, 'what do you think?');
    const body = { text: `a lot, @${digits(other)}`, mentions: [other], replyTo: theirs };
    const id = await eventually(() => groups.sent(group, body));

    const edit = { chat: group.jid, text: `not much, @${digits(other)}` };
    assert.equal((await client.call('PATCH', `/sessions/${session}/messages/${id}`, edit)).status, 200);

    const { message } = await simulator.ledger.waitFor(isEditOf(id));
    const edited = message.protocolMessage?.editedMessage?.extendedTextMessage;
    assert.equal(edited?.text, `not much, @${digits(named)}`);
    assert.deepEqual(edited?.contextInfo?.mentionedJid, [named]);
    assert.equal(edited?.contextInfo?.participant, named);
  });

  test(`in a group with ${addressing} addressing a quote names its author as the group does`, async () => {
    const group = simulator.addGroup({ subject: 'Quotes', participants: [own, recipient, bob], addressing });
    const theirs = await group.sendText(recipient, 'what do you think?');
    const reply = await eventually(() => groups.sent(group, { text: 'a lot', replyTo: theirs }));
    const ours = await groups.sent(group, { text: 'and more', replyTo: reply });

    assert.equal((await seen(reply)).context?.participant, named);
    assert.equal((await seen(ours)).context?.participant, addressing === 'lid' ? self.lid : self.jid);
  });

  test(`a quote from before the group had ${addressing} addressing names its author as the group does now`, async () => {
    const before = addressing === 'lid' ? 'pn' : 'lid';
    const group = simulator.addGroup({ subject: 'Moved', participants: [own, recipient, bob], addressing: before });
    const theirs = await group.sendText(recipient, 'what do you think?');
    await eventually(() => groups.sent(group, { text: 'a lot', replyTo: theirs }));

    group.change({ addressing });
    const { context } = await seen(await groups.sent(group, { text: 'still', replyTo: theirs }));

    assert.equal(context?.participant, named);
  });
}

test('who mentions the session or replies to it can be told from the events and the session', async () => {
  const group = simulator.addGroup({ subject: 'The bot is meant', participants: [own, recipient] });
  await using stream = await groups.events('?event=message,session.status');
  const asked = await groups.sent(group, { text: 'who comes?' });
  const { waJid, waLid } = await client.session(session);
  assert.deepEqual([waJid, waLid], [self.jid, self.lid]);

  const contextInfo = { mentionedJid: [self.lid], stanzaId: asked, participant: self.lid };
  const id = await ann.send(group.jid, { extendedTextMessage: { text: 'the bot', contextInfo } });

  const { payload } = await heard(stream, ({ payload: told }) => told['waMessageId'] === id);
  assert.deepEqual([payload['mentions'], payload['replyTo']], [[waLid], asked]);
  await client.call('POST', `/sessions/${session}:stop`);
  const status = await heard(stream, ({ payload: told }) => told['status'] === 'stopped');
  assert.deepEqual([status.payload['waJid'], status.payload['waLid']], [waJid, waLid]);
  await client.call('POST', `/sessions/${session}:start`);
  await client.until(session, 'connected');
});

test('what the owner types in a group on the phone is told as from us, once, and not marked as read', async () => {
  await client.call('PATCH', `/sessions/${session}`, { autoRead: true });
  const group = simulator.addGroup({ subject: 'My phone', participants: [own, recipient], addressing: 'lid' });
  await using stream = await groups.events('?event=message');

  const mine = await self.sendText(group.jid, 'me');
  const theirs = await group.sendText(recipient, 'you');

  const isRead = (id: string) => {
    const receipts = simulator.ledger.stanzas({ direction: 'in', tag: 'receipt' });
    return receipts.some(({ attrs, id: first }) => first === id && attrs['type']?.startsWith('read') === true);
  };
  await eventually(() => assert.equal(isRead(theirs), true));
  const told = (await heard(stream, ({ payload }) => payload['waMessageId'] === mine)).payload;
  assert.deepEqual([told['fromMe'], told['senderJid'], told['chatJid']], [true, null, group.jid]);
  assert.equal(isRead(mine), false);
  assert.equal(stream.events.filter(({ data }) => data?.includes(mine)).length, 1);
  await client.call('PATCH', `/sessions/${session}`, { autoRead: false });
});

test('two numbers of one organization write to each other: one is told the statuses, the other the message', async () => {
  const second = await client.linked(simulator, '491700000002');
  await using stream = await groups.events('?event=message,message.status');
  const numbers = { [own]: session, '491700000002': second };

  for (const [from, recipientNumber] of [
    [own, '491700000002'],
    ['491700000002', own],
  ] as const) {
    const sender = numbers[from];
    const receiver = numbers[recipientNumber];
    assert.ok(sender !== undefined && receiver !== undefined);
    const answer = await client.sendText(sender, `${recipientNumber}@s.whatsapp.net`, `from ${from}`);
    assert.equal(answer.status, 200);
    const { event } = await heard(
      stream,
      ({ session: of, payload }) => of === receiver && payload['body'] === `from ${from}`,
    );
    assert.equal(event, 'message');
    await heard(stream, ({ session: of, payload }) => of === sender && payload['status'] === 'delivered');
  }
  const told = eventsOf(stream);
  for (const [sender, receiver] of [
    [session, second],
    [second, session],
  ]) {
    const statuses = told.filter(({ event, session: of }) => event === 'message.status' && of === sender);
    assert.deepEqual(
      statuses.map(({ payload }) => payload['status']),
      ['sending', 'sent', 'delivered'],
    );
    assert.equal(told.filter(({ event, session: of }) => event === 'message' && of === receiver).length, 1);
  }
});

test('a message to a group counts as read once the first member has read it', async () => {
  const cleo = simulator.addContact({ phone: '6281234567894', devices: 1, receipts: 'none' });
  const group = simulator.addGroup({ subject: 'Readers', participants: [own, recipient, cleo.phone] });
  await using stream = await groups.events('?event=message.status');

  const id = await groups.sent(group, { text: 'read me' });

  await heard(stream, ({ payload }) => payload['waMessageId'] === id && payload['status'] === 'read');
});
