import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import type { DeliveryEntry } from '../../simulator/ledger/entries.ts';
import { SendResultSchema } from '../../src/domain/outbox.ts';
import { recipient, to } from '../support/gateway/environment.ts';
import { linkedBed, shared } from '../support/gateway/linked-bed.ts';

const { bed, client, session } = shared(await linkedBed());

/** Sends a body, and yields what the recipient's phone decrypted of it. */
async function delivered(body: object): Promise<DeliveryEntry> {
  const answer = await client.call('POST', `/sessions/${session}/messages`, body);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  const { waMessageId } = v.parse(SendResultSchema, answer.body);
  return bed.simulator.ledger.waitForDelivery({ to: recipient, id: waMessageId, device: 0 });
}

test('a text arrives as it was asked', async () => {
  const { text } = await delivered({ to, type: 'text', text: 'héllo 👋\nline two' });

  assert.equal(text, 'héllo 👋\nline two');
});

test('a contact is given a privacy token once, and not behind every message', async () => {
  const contact = bed.simulator.addContact({ phone: '6281234567899' });
  const { ledger } = bed.simulator;
  const queries = () =>
    ledger.stanzas({ direction: 'in', tag: 'iq' }).filter(({ attrs }) => attrs['xmlns'] === 'privacy');
  const before = queries().length;

  for (let sent = 0; sent < 6; sent += 1) {
    const answer = await client.sendText(session, `${contact.phone}@s.whatsapp.net`, `text ${sent}`);
    assert.equal(answer.status, 200);
  }

  // The acknowledgement of the first may come before the note of its token is stored, so that the second brings one too.
  const tokens = queries().length - before;
  assert.ok(tokens >= 1 && tokens <= 2, `${tokens} queries`);
});

test('mentions arrive', async () => {
  const mentions = ['6281234567891@s.whatsapp.net', '123456789012345@lid'];

  const { message } = await delivered({ to, type: 'text', text: '@you', mentions });

  assert.deepEqual(message.extendedTextMessage?.contextInfo?.mentionedJid, mentions);
});

test('a reply quotes our own message with its content', async () => {
  const original = await delivered({ to, type: 'text', text: 'the original' });

  const { message } = await delivered({ to, type: 'text', text: 'the reply', replyTo: original.id });

  const context = message.extendedTextMessage?.contextInfo;
  assert.equal(context?.stanzaId, original.id);
  assert.equal(context?.quotedMessage?.extendedTextMessage?.text, 'the original');
});

test('a reply to a message that the session does not know is a 400 that names the field', async () => {
  const body = { to, type: 'text', text: 'the reply', replyTo: '3EB0UNKNOWN' };

  const answer = await client.call('POST', `/sessions/${session}/messages`, body);

  assert.equal(answer.status, 400);
  assert.match(JSON.stringify(answer.body), /"field":"replyTo"/);
});

test('a poll arrives with its question, options and how many may be chosen', async () => {
  const options = ['red', 'green', 'blue'];

  const { message } = await delivered({
    to,
    type: 'poll',
    name: 'Which?',
    options,
    selectableCount: 2,
    text: 'ignored',
  });

  const poll = message.pollCreationMessage;
  assert.equal(poll?.name, 'Which?');
  assert.deepEqual(
    poll?.options?.map(({ optionName }) => optionName),
    options,
  );
  assert.equal(poll?.selectableOptionsCount, 2);
});

test('a poll without a count is single choice', async () => {
  const { message } = await delivered({ to, type: 'poll', name: 'Which?', options: ['yes', 'no'] });

  assert.equal(message.pollCreationMessageV3?.selectableOptionsCount, 1);
});

test('a location arrives with its coordinates and label', async () => {
  const body = { to, type: 'location', latitude: -6.2088, longitude: 106.8456, name: 'Jakarta' };

  const { message } = await delivered(body);

  assert.equal(message.locationMessage?.degreesLatitude, -6.2088);
  assert.equal(message.locationMessage?.degreesLongitude, 106.8456);
  assert.equal(message.locationMessage?.name, 'Jakarta');
});

test('a contact made of name and phone arrives as a vCard', async () => {
  const { message } = await delivered({
    to,
    type: 'contact',
    contact: { name: 'Ada; Lovelace', phone: '15550000001' },
  });

  assert.equal(message.contactMessage?.displayName, 'Ada; Lovelace');
  assert.match(message.contactMessage?.vcard ?? '', /FN:Ada\\; Lovelace\nTEL;type=CELL;waid=15550000001:\+15550000001/);
});

test('a vCard of the caller arrives as it is', async () => {
  const vcard = 'BEGIN:VCARD\nVERSION:3.0\nFN:Grace Hopper\nTEL:+15550000002\nEND:VCARD';

  const { message } = await delivered({ to, type: 'contact', contact: { vcard } });

  assert.equal(message.contactMessage?.displayName, 'Grace Hopper');
  assert.equal(message.contactMessage?.vcard, vcard);
});

for (const type of ['image', 'video', 'audio', 'document', 'sticker']) {
  test(`${type} is 501, and nothing reaches WhatsApp`, async () => {
    const before = bed.simulator.ledger.entries.length;

    const answer = await client.call('POST', `/sessions/${session}/messages`, { to, type, media: { data: 'AAAA' } });

    assert.equal(answer.status, 501);
    assert.equal(bed.simulator.ledger.entries.slice(before).filter(({ kind }) => kind === 'stanza').length, 0);
  });
}

test('an edit replaces the text, and the recipient sees it', async () => {
  const original = await delivered({ to, type: 'text', text: 'with a tpyo' });

  const answer = await client.call('PATCH', `/sessions/${session}/messages/${original.id}`, {
    chat: to,
    text: 'fixed',
  });

  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  const { waMessageId } = v.parse(SendResultSchema, answer.body);
  const edit = await bed.simulator.ledger.waitForDelivery({ to: recipient, id: waMessageId, device: 0 });
  const edited = edit.message.protocolMessage;
  assert.equal(edited?.key?.id, original.id);
  assert.equal(edited?.editedMessage?.extendedTextMessage?.text ?? edited?.editedMessage?.conversation, 'fixed');
});

test('what cannot be edited is refused: a poll 400, somebody else’s or unknown 404, an empty text 400', async () => {
  const poll = await delivered({ to, type: 'poll', name: 'Which?', options: ['yes', 'no'] });
  const text = await delivered({ to, type: 'text', text: 'in this chat' });
  const edit = (id: string, body: object) => client.call('PATCH', `/sessions/${session}/messages/${id}`, body);

  assert.equal((await edit(poll.id, { chat: to, text: 'new' })).status, 400);
  assert.equal((await edit('3EB0UNKNOWN', { chat: to, text: 'new' })).status, 404);
  assert.equal((await edit(text.id, { chat: '6289999999999@s.whatsapp.net', text: 'new' })).status, 404);
  assert.equal((await edit(text.id, { chat: to, text: '' })).status, 400);
});
