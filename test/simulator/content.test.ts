import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { decryptPollVote, type proto, type WAMessage, type WASocket } from '@whiskeysockets/baileys';
import { linkedClient, sendText } from './support/client.ts';
import { next } from './support/events.ts';
import { startSimulator } from './support/simulator.ts';

const PHONE = '15551234567';
const ADA = '15550000001';
const BEN = '15550000002';
const OPTIONS = ['red', 'green', 'blue'];

test('an edit is a message of its own that names the one it changes', async () => {
  await using simulator = await startSimulator();
  const ada = simulator.addContact({ phone: ADA, devices: 1 });
  const { socket } = await linkedClient(simulator, PHONE);
  const id = await sendText(socket, ada.jid, 'teh');

  const edit = await socket.sendMessage(ada.jid, { text: 'the', edit: { remoteJid: ada.jid, fromMe: true, id } });
  const delivery = await simulator.ledger.waitForDelivery({ id: edit?.key.id ?? '', to: ADA });

  assert.deepEqual([delivery.edits, delivery.text], [id, 'the']);
  assert.equal(simulator.ledger.deliveries({ id, to: ADA })[0]?.edits, undefined);
});

test('a text that quotes and mentions is in the ledger as its text, with the rest beside it', async () => {
  await using simulator = await startSimulator();
  const ada = simulator.addContact({ phone: ADA, devices: 1 });
  const { socket } = await linkedClient(simulator, PHONE);
  const quoted: WAMessage = { key: { remoteJid: ada.jid, id: 'EARLIER' }, message: { conversation: 'who?' } };

  const sent = await socket.sendMessage(ada.jid, { text: '@Ada you', mentions: [ada.jid] }, { quoted });
  const delivery = await simulator.ledger.waitForDelivery({ id: sent?.key.id ?? '', to: ADA });

  assert.equal(delivery.text, '@Ada you');
  const context = delivery.message.extendedTextMessage?.contextInfo;
  assert.deepEqual([context?.stanzaId, context?.mentionedJid], ['EARLIER', [ada.jid]]);
  assert.equal(context?.quotedMessage?.conversation, 'who?');
});

test('places and contact cards arrive as what they are', async () => {
  await using simulator = await startSimulator();
  const ada = simulator.addContact({ phone: ADA, devices: 1 });
  const { socket } = await linkedClient(simulator, PHONE);
  const location = { degreesLatitude: 48.2, degreesLongitude: 16.4 };
  const card = { displayName: 'Ben', vcard: 'BEGIN:VCARD\nEND:VCARD' };

  const place = await socket.sendMessage(ada.jid, { location });
  const person = await socket.sendMessage(ada.jid, { contacts: { displayName: 'Ben', contacts: [card] } });

  const { message: first } = await simulator.ledger.waitForDelivery({ id: place?.key.id ?? '', to: ADA });
  assert.equal(first.locationMessage?.degreesLatitude, location.degreesLatitude);
  const { message: second } = await simulator.ledger.waitForDelivery({ id: person?.key.id ?? '', to: ADA });
  assert.equal(second.contactMessage?.displayName, 'Ben');
});

test("a contact votes in a poll in a chat of two, sealed by the LID of its author and the voter's number", async () => {
  await using simulator = await startSimulator();
  const ada = simulator.addContact({ phone: ADA, devices: 1 });
  const { socket, auth } = await linkedClient(simulator, PHONE);
  const { id, poll } = await askPoll(socket, ada.jid);
  const delivery = await simulator.ledger.waitForDelivery({ id, to: ADA });
  assert.deepEqual(delivery.poll, { question: 'Colour?', options: OPTIONS, selectableCount: 2 });

  const vote = await votes(socket, () => ada.vote(id, ['green', 'blue']));

  assert.equal(vote.key.remoteJid, ada.lid);
  const author = (auth.creds.me?.lid ?? '').replace(/:\d+/, '');
  assert.deepEqual(chosenIn(vote, poll, { id, author, voter: ada.jid }), ['green', 'blue']);
  const other = await votes(socket, () => ada.vote(id, ['red'], { author: 'pn', voter: 'lid' }));
  assert.deepEqual(chosenIn(other, poll, { id, author: `${PHONE}@s.whatsapp.net`, voter: ada.lid }), ['red']);
  await assert.rejects(ada.vote(id, ['pink']), { code: 'validation_error' });
  await assert.rejects(ada.vote(id, OPTIONS), { code: 'validation_error' });
  await assert.rejects(ada.vote('NO-POLL', ['red']), { code: 'not_found' });
});

test('a member votes in a poll in a group, by the name that the group uses', async () => {
  await using simulator = await startSimulator();
  const ada = simulator.addContact({ phone: ADA, devices: 1 });
  const { socket, auth } = await linkedClient(simulator, PHONE);
  const group = simulator.addGroup({ subject: 'Choir', participants: [ADA, PHONE] });
  const { id, poll } = await askPoll(socket, group.jid);
  await simulator.ledger.waitForDelivery({ id, to: ADA });

  const vote = await votes(socket, () => ada.vote(id, ['red']));

  assert.equal(vote.key.participant, ada.lid);
  const author = (auth.creds.me?.lid ?? '').replace(/:\d+/, '');
  assert.deepEqual(chosenIn(vote, poll, { id, author, voter: ada.lid }), ['red']);
});

test('whatever a contact writes reaches the client', async () => {
  await using simulator = await startSimulator();
  const ada = simulator.addContact({ phone: ADA });
  const { socket } = await linkedClient(simulator, PHONE);
  const own = await sendText(socket, ada.jid, 'hello');
  const contextInfo = {
    stanzaId: own,
    participant: `${PHONE}@s.whatsapp.net`,
    quotedMessage: { conversation: 'hello' },
  };

  for (const message of [
    { extendedTextMessage: { text: 'a reply', contextInfo } },
    { locationMessage: { degreesLatitude: 48.2, degreesLongitude: 16.4 } },
    { contactMessage: { displayName: 'Ben', vcard: 'BEGIN:VCARD\nEND:VCARD' } },
    { pollCreationMessageV3: { name: 'Colour?', options: OPTIONS.map((optionName) => ({ optionName })) } },
    { imageMessage: { caption: 'me', mimetype: 'image/jpeg' } },
  ]) {
    const arrival = next(socket, 'messages.upsert', ({ messages }) => messages[0]?.key.fromMe === false);
    const id = await ada.send(PHONE, message);
    const [arrived] = (await arrival).messages;
    assert.equal(arrived?.key.id, id);
    assert.deepEqual(Object.keys(arrived.message ?? {}), Object.keys(message));
  }
});

test('a contact reacts, thinks better of it and takes it back', async () => {
  await using simulator = await startSimulator();
  const ada = simulator.addContact({ phone: ADA });
  const { socket } = await linkedClient(simulator, PHONE);
  const own = await sendText(socket, ada.jid, 'hello');
  const reacted = next(socket, 'messages.reaction');
  const key = { remoteJid: `${PHONE}@s.whatsapp.net`, fromMe: false, id: own };
  await ada.send(PHONE, { reactionMessage: { key, text: '👍' } });
  const [reaction] = await reacted;
  assert.deepEqual([reaction?.key.id, reaction?.key.fromMe, reaction?.reaction.text], [own, true, '👍']);

  const id = await ada.sendText(PHONE, 'teh');
  const edited = next(socket, 'messages.update', ([entry]) => entry?.key.id === id);
  await ada.edit(PHONE, id, 'the');
  assert.equal((await edited)[0]?.update.message?.editedMessage?.message?.conversation, 'the');
  const revoked = next(socket, 'messages.update', ([entry]) => entry?.update.message === null);
  await ada.revoke(PHONE, id);
  assert.equal((await revoked)[0]?.key.id, id);
});

test('what is typed on the phone of the account reaches its client as its own, and the recipient', async () => {
  await using simulator = await startSimulator();
  const one = await linkedClient(simulator, PHONE);
  const two = await linkedClient(simulator, BEN);
  const group = simulator.addGroup({ subject: 'Choir', participants: [PHONE, BEN] });

  for (const to of [BEN, group.jid]) {
    const copy = next(one.socket, 'messages.upsert', ({ messages }) => messages[0]?.message?.conversation === to);
    const original = next(two.socket, 'messages.upsert', ({ messages }) => messages[0]?.message?.conversation === to);
    const id = await simulator.phone(PHONE).sendText(to, to);
    const [mine] = (await copy).messages;
    const [theirs] = (await original).messages;
    assert.deepEqual([mine?.key.id, mine?.key.fromMe], [id, true]);
    assert.equal(mine?.key.remoteJid, to === BEN ? `${BEN}@s.whatsapp.net` : to);
    assert.deepEqual([theirs?.key.id, theirs?.key.fromMe], [id, false]);
  }
});

interface AskedPoll {
  readonly id: string;
  readonly poll: proto.IMessage;
}

async function askPoll(socket: WASocket, jid: string): Promise<AskedPoll> {
  const sent = await socket.sendMessage(jid, { poll: { name: 'Colour?', values: OPTIONS, selectableCount: 2 } });
  return { id: sent?.key.id ?? '', poll: sent?.message ?? {} };
}

async function votes(socket: WASocket, vote: () => Promise<string>): Promise<WAMessage> {
  const arrival = next(socket, 'messages.upsert', ({ messages }) => Boolean(messages[0]?.message?.pollUpdateMessage));
  const id = await vote();
  const [message] = (await arrival).messages;
  assert(message !== undefined);
  assert.equal(message.key.id, id);
  return message;
}

/** Opens a vote as an application on Baileys does. */
function chosenIn(
  { message }: WAMessage,
  poll: proto.IMessage,
  { id, author, voter }: { id: string; author: string; voter: string },
): string[] {
  const update = message?.pollUpdateMessage;
  assert.deepEqual([update?.pollCreationMessageKey?.id, update?.pollCreationMessageKey?.fromMe], [id, true]);
  const { selectedOptions } = decryptPollVote(update?.vote ?? {}, {
    pollCreatorJid: author,
    pollMsgId: id,
    pollEncKey: poll.messageContextInfo?.messageSecret ?? new Uint8Array(),
    voterJid: voter,
  });
  const names = new Map(OPTIONS.map((option) => [createHash('sha256').update(option).digest('hex'), option]));
  return (selectedOptions ?? []).map((hash) => names.get(Buffer.from(hash).toString('hex')) ?? '');
}
