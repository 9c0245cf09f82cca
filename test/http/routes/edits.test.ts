import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { SendResultSchema } from '../../../src/domain/outbox.ts';
import { startApi } from '../support/api.ts';
import { errorOf, issuesOf } from '../support/envelope.ts';

const chat = '6281234567890@s.whatsapp.net';

async function sent() {
  const api = await startApi();
  const [key, session] = [await api.key({ capabilities: ['send'] }), await api.linkedSession()];
  const send = async (body: object) => {
    const { json } = await api.ask(`POST /api/v1/sessions/${session}/messages`, { key, json: { to: chat, ...body } });
    return v.parse(SendResultSchema, json);
  };
  const edit = (mid: string, json: unknown = { chat, text: 'better' }) =>
    api.ask(`PATCH /api/v1/sessions/${session}/messages/${mid}`, { key, json });
  return { api, session, edit, send, original: await send({ type: 'text', text: 'hello' }) };
}

test('the text of an own message is replaced', async () => {
  const { api, edit, original } = await sent();
  await using _ = api;

  const answer = await edit(original.waMessageId);

  assert.equal(answer.status, 200);
  assert.equal(v.parse(SendResultSchema, answer.json).waMessageId, original.waMessageId);
});

test('a missing, an empty and a long text, and a chat that is none, are 400 and named', async () => {
  const { api, edit, original } = await sent();
  await using _ = api;
  const faults = [
    [{ chat }, 'text'],
    [{ chat, text: '' }, 'text'],
    [{ chat, text: 'x'.repeat(4097) }, 'text'],
    [{ chat, text: null }, 'text'],
    [{ text: 'x' }, 'chat'],
    [{ chat: '6281234567890', text: 'x' }, 'chat'],
    [{ chat, text: 'x', type: 'text' }, 'type'],
  ] as const;

  for (const [json, field] of faults) issuesOf(await edit(original.waMessageId, json), field);
});

test('an unknown message, one of another chat and what is no message id are the same 404', async () => {
  const { api, edit, original } = await sent();
  await using _ = api;
  const elsewhere = { chat: '6281234567891@s.whatsapp.net', text: 'x' };

  const answers = [await edit('3EB0FFFF'), await edit(original.waMessageId, elsewhere)];
  for (const mid of ['%00', 'a%20b', 'x'.repeat(65), '..%2F..', '%F0%9F%98%80']) answers.push(await edit(mid));

  for (const answer of answers) {
    assert.equal(errorOf(answer, 404, 'not_found').message, 'message not found');
  }
});

test('what is no text cannot be edited, and nothing can be while the session is not connected', async () => {
  const { api, edit, send, session, original } = await sent();
  await using _ = api;
  const poll = await send({ type: 'poll', name: 'Lunch?', options: ['rice', 'noodles'] });

  errorOf(await edit(poll.waMessageId), 400, 'validation_error');

  await api.sessions.stop({ organization: 'acme', session });
  const { details } = errorOf(await edit(original.waMessageId), 501, 'not_implemented');
  assert.deepEqual(details, { reason: 'session_not_connected', status: 'stopped' });
});
