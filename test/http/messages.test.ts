import assert from 'node:assert/strict';
import { test } from 'node:test';
import { done, refused } from '../../src/domain/errors.ts';
import { startApi } from './support/api.ts';
import { errorOf, issuesOf } from './support/envelope.ts';
import { acknowledged } from './support/memory-registry.ts';

const to = '6281234567890@s.whatsapp.net';
const text = { to, type: 'text', text: 'hello' };
const allTypes = ['text', 'poll', 'location', 'contact', 'image', 'video', 'audio', 'document', 'sticker'];

async function sending() {
  const api = await startApi();
  const [key, session] = [await api.key({ capabilities: ['send'] }), await api.session()];
  const send = (json: unknown, query = '') =>
    api.ask(`POST /api/v1/sessions/${session}/messages${query}`, { key, json });
  return { api, session, send };
}

test('a text is sent and answered with what the send came to', async () => {
  const { api, session, send } = await sending();
  await using _ = api;
  const result = acknowledged();
  api.sessions.sender = async () => done(result);

  const answer = await send(text);

  assert.deepEqual([answer.status, answer.json], [200, result]);
  const address = { organization: 'acme', session };
  assert.deepEqual(api.sessions.sent, [{ address, send: { to, content: { type: 'text', text: 'hello' } } }]);
});

test('users, LIDs and groups are recipients; anything else is 400 and names to', async () => {
  const { api, send } = await sending();
  await using _ = api;

  for (const good of [to, '123456789012345@lid', '120363021234567890@g.us', '6281234567890-1400000000@g.us']) {
    assert.equal((await send({ ...text, to: good })).status, 200, good);
  }
  for (const bad of ['6281234567890', 'x@g.us', 'status@broadcast', '1@newsletter', `${to}\n`, `${to} `, 7, null]) {
    issuesOf(await send({ ...text, to: bad }), 'to');
  }
  assert.equal(api.sessions.sent.length, 4);
});

test('a malformed body is 400 and names the field', async () => {
  const { api, send } = await sending();
  await using _ = api;
  const faults = [
    [{}, 'type'],
    [{ to }, 'type'],
    [{ to, type: 'text' }, 'text'],
    [{ type: 'text', text: 'x' }, 'to'],
    [{ ...text, text: '' }, 'text'],
    [{ ...text, text: 'x'.repeat(4097) }, 'text'],
    [{ ...text, text: ['x'] }, 'text'],
    [{ ...text, txt: 'x' }, 'txt'],
    [{ ...text, latitude: 1 }, 'latitude'],
    [{ to, type: 'TEXT', text: 'x' }, 'type'],
    [{ to, type: null }, 'type'],
  ] as const;

  for (const [json, field] of faults) issuesOf(await send(json), field);
  assert.equal(api.sessions.sent.length, 0);
});

test('an unknown type is 400 and tells which there are', async () => {
  const { api, send } = await sending();
  await using _ = api;

  const [issue = ''] = issuesOf(await send({ to, type: 'gif' }), 'type');

  for (const type of allTypes) assert.match(issue, new RegExp(`\\b${type}\\b`));
});

test('every type but text is 501 before the session is asked, whatever else it carries', async () => {
  const { api, send } = await sending();
  await using _ = api;

  for (const type of allTypes.slice(1)) {
    for (const extra of [{}, { media: 5, caption: null }, { media: { data: 'x' }, text: 'y', name: [] }]) {
      errorOf(await send({ to, type, ...extra }), 501, 'not_implemented');
    }
    issuesOf(await send({ to: 'nobody', type, media: 5 }), 'to');
    issuesOf(await send({ type }), 'to');
  }
  assert.equal(api.sessions.sent.length, 0);
});

test('async=true is refused and never sent, async=false is the default, anything else is 400', async () => {
  const { api, send } = await sending();
  await using _ = api;

  errorOf(await send(text, '?async=true'), 501, 'not_implemented');
  for (const query of ['?async=1', '?async=', '?async=TRUE', '?async', '?async=true&async=true']) {
    issuesOf(await send(text, query), 'async');
  }
  issuesOf(await send(text, '?sync=true'), 'sync');
  assert.equal(api.sessions.sent.length, 0);

  assert.equal((await send(text, '?async=false')).status, 200);
});

test('a session that is not connected is 501 with the reason in the details', async () => {
  const { api, send } = await sending();
  await using _ = api;
  const details = { reason: 'session_not_connected', status: 'stopped' };
  api.sessions.sender = async () => refused({ code: 'not_implemented', message: 'not connected', details });

  assert.deepEqual(errorOf(await send(text), 501, 'not_implemented').details, details);
});
