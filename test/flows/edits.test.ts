import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { SendResultSchema } from '../../src/domain/outbox.ts';
import { recipient, to } from '../support/gateway/environment.ts';
import { linkedBed, shared } from '../support/gateway/linked-bed.ts';

const { bed, client, session } = shared(await linkedBed());
const ben = '6281234567891';
const cleo = '6281234567892';
const jid = (phone: string): string => `${phone}@s.whatsapp.net`;

async function sent(body: object): Promise<string> {
  const answer = await client.call('POST', `/sessions/${session}/messages`, { to, type: 'text', ...body });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return v.parse(SendResultSchema, answer.body).waMessageId;
}

/** Edits a message, and yields the text that the recipient has of it then. */
async function edited(id: string, body: object) {
  const answer = await client.call('PATCH', `/sessions/${session}/messages/${id}`, { chat: to, ...body });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  const { waMessageId } = v.parse(SendResultSchema, answer.body);
  const { message } = await bed.simulator.ledger.waitForDelivery({ to: recipient, id: waMessageId, device: 0 });
  assert.equal(message.protocolMessage?.key?.id, id);
  return message.protocolMessage?.editedMessage?.extendedTextMessage;
}

test('an edit keeps the quote, and the mentions that are still in the text', async () => {
  const original = await sent({ text: 'who comes?' });
  const mentions = [jid(ben), jid(cleo)];
  const id = await sent({ text: `@${ben} and @${cleo}`, replyTo: original, mentions });

  const text = await edited(id, { text: `only @${ben}, not @${cleo}1` });

  assert.equal(text?.text, `only @${ben}, not @${cleo}1`);
  assert.equal(text?.contextInfo?.stanzaId, original);
  assert.equal(text?.contextInfo?.quotedMessage?.extendedTextMessage?.text, 'who comes?');
  assert.deepEqual(text?.contextInfo?.mentionedJid, [jid(ben)]);
});

test('an edit can mention somebody else', async () => {
  const id = await sent({ text: `@${ben}`, mentions: [jid(ben)] });

  const text = await edited(id, { text: `@${ben} and @${cleo}`, mentions: [jid(cleo), jid(ben)] });

  assert.deepEqual(text?.contextInfo?.mentionedJid, [jid(ben), jid(cleo)]);
});

test('the mentions of an edit are checked like those of a text', async () => {
  const id = await sent({ text: 'hello' });

  const body = { chat: to, text: 'hello', mentions: ['nobody'] };
  assert.equal((await client.call('PATCH', `/sessions/${session}/messages/${id}`, body)).status, 400);
});

test('an edit of a plain text has nothing but the text', async () => {
  const text = await edited(await sent({ text: 'tpyo' }), { text: 'typo' });

  assert.deepEqual([text?.text, text?.contextInfo ?? null], ['typo', null]);
});
