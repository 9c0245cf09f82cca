import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { done } from '../../../src/domain/errors.ts';
import { SendResultSchema } from '../../../src/domain/outbox.ts';
import { startApi } from '../support/api.ts';
import { errorOf, issuesOf } from '../support/envelope.ts';

const to = '6281234567890@s.whatsapp.net';
const text = { to, type: 'text', text: 'hello' };
const allTypes = ['text', 'poll', 'location', 'contact', 'image', 'video', 'audio', 'document', 'sticker'];

async function sending() {
  const api = await startApi();
  const [key, session] = [await api.key({ capabilities: ['send'] }), await api.linkedSession()];
  const send = (json: unknown, query = '') =>
    api.ask(`POST /api/v1/sessions/${session}/messages${query}`, { key, json });
  return { api, session, send };
}

test('a text is sent and answered with what the send came to', async () => {
  const { api, session, send } = await sending();
  await using _ = api;

  const answer = await send({ ...text, replyTo: '3EB0AA', mentions: ['6281234567891@s.whatsapp.net'] });

  assert.equal(answer.status, 200);
  const { outboxId, waMessageId, timestamp, ...rest } = v.parse(SendResultSchema, answer.json);
  assert.deepEqual(rest, { mode: 'sync', replayed: false, status: 'sent', chatJid: text.to });
  const body = { ...text, replyTo: '3EB0AA', mentions: ['6281234567891@s.whatsapp.net'] };
  assert.deepEqual(api.sends.dispatched, [{ address: { organization: 'acme', session }, body }]);
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
  assert.equal(api.sends.dispatched.length, 4);
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
  assert.equal(api.sends.dispatched.length, 0);
});

test('an unknown type is 400 and tells which there are', async () => {
  const { api, send } = await sending();
  await using _ = api;

  const [issue = ''] = issuesOf(await send({ to, type: 'gif' }), 'type');

  for (const type of allTypes) assert.match(issue, new RegExp(`\\b${type}\\b`));
});

test('what the types but text carry goes to the session in full', async () => {
  const { api, send } = await sending();
  await using _ = api;
  const bodies = [
    { to, type: 'poll', name: 'Lunch?', options: ['rice', 'noodles'], selectableCount: 2 },
    { to, type: 'location', latitude: -6.2, longitude: 106.8, name: 'Jakarta' },
    { to, type: 'contact', contact: { name: 'Ani', phone: '6281234567890' } },
    { to, type: 'contact', contact: { vcard: 'BEGIN:VCARD\nFN:Ani\nEND:VCARD' } },
  ];

  for (const body of bodies) assert.equal((await send(body)).status, 200);

  assert.deepEqual(
    api.sends.dispatched.map(({ body }) => body),
    bodies,
  );
});

test('a wrong field of a poll, a location, a contact or a text is named, with its place in a list', async () => {
  const { api, send } = await sending();
  await using _ = api;
  const poll = { to, type: 'poll', name: 'Lunch?', options: ['rice', 'noodles'] };
  const place = { to, type: 'location', latitude: 1, longitude: 2 };
  const faults = [
    [{ ...poll, name: ' ' }, 'name'],
    [{ ...poll, options: ['rice'] }, 'options'],
    [{ ...poll, options: ['rice', ' rice '] }, 'options'],
    [{ ...poll, options: ['a', 'b', 'c', ''] }, 'options.3'],
    [{ ...poll, options: ['a', 7] }, 'options.1'],
    [{ ...poll, selectableCount: 3 }, 'selectableCount'],
    [{ ...poll, selectableCount: 0.5 }, 'selectableCount'],
    [{ ...poll, replyTo: '3EB0AA' }, 'replyTo'],
    [{ ...place, latitude: 90.1 }, 'latitude'],
    [{ ...place, longitude: '2' }, 'longitude'],
    [{ ...place, mentions: [] }, 'mentions'],
    [{ to, type: 'contact' }, 'contact'],
    [{ to, type: 'contact', contact: { name: 'Ani' } }, 'contact'],
    [{ to, type: 'contact', contact: { name: 'A\nB', phone: '6281234567890' } }, 'contact.name'],
    [{ ...text, mentions: ['me'] }, 'mentions.0'],
    [{ ...text, replyTo: 'a b' }, 'replyTo'],
    [{ ...text, media: {} }, 'media'],
  ] as const;

  for (const [json, field] of faults) issuesOf(await send(json), field);
  assert.equal((await send({ ...poll, text: 5 })).status, 200);
  assert.equal(api.sends.dispatched.length, 1);
});

test('every media type is 501 before the session is asked, whatever else it carries', async () => {
  const { api, send } = await sending();
  await using _ = api;

  for (const type of allTypes.slice(4)) {
    for (const extra of [{}, { media: 5, caption: null }, { media: { data: 'x' }, text: 'y', name: [] }]) {
      errorOf(await send({ to, type, ...extra }), 501, 'not_implemented');
    }
    issuesOf(await send({ to: 'nobody', type, media: 5 }), 'to');
    issuesOf(await send({ type }), 'to');
  }
  assert.equal(api.sends.dispatched.length, 0);
});

test('async=true is 202 and queued, async=false is the default, anything else is 400', async () => {
  const { api, send } = await sending();
  await using _ = api;

  for (const query of ['?async=1', '?async=', '?async=TRUE', '?async', '?async=true&async=true']) {
    issuesOf(await send(text, query), 'async');
  }
  issuesOf(await send(text, '?sync=true'), 'sync');
  const queued = await send(text, '?async=true');
  assert.equal(api.sends.dispatched.length, 0);

  assert.equal(queued.status, 202);
  const { mode, status } = v.parse(SendResultSchema, queued.json);
  assert.deepEqual([mode, status], ['async', 'queued']);
  assert.equal((await send(text, '?async=false')).status, 200);
});

test('a result that is not settled yet is 202 also without async', async () => {
  const { api, send } = await sending();
  await using _ = api;

  for (const [status, http] of [
    ['queued', 202],
    ['sending', 202],
    ['sent', 200],
    ['read', 200],
    ['failed', 200],
  ] as const) {
    api.sends.whatsapp = async () => done(status);
    assert.equal((await send(text)).status, http, status);
  }
});

test('a session that is not connected is 501 with the reason, and takes a send for later', async () => {
  const { api, session, send } = await sending();
  await using _ = api;
  await api.sessions.stop({ organization: 'acme', session });

  const { details } = errorOf(await send(text), 501, 'not_implemented');

  assert.deepEqual(details, { reason: 'session_not_connected', status: 'stopped' });
  assert.equal((await send(text, '?async=true')).status, 202);
});

test('over the limit a send is 429 with the limit in the headers of the draft, and a queued one is not', async () => {
  const { api, send } = await sending();
  await using _ = api;
  api.sends.quota = { limit: 20, windowSeconds: 60, remaining: 0, resetSeconds: 12 };

  const answer = await send(text);

  errorOf(answer, 429, 'rate_limited');
  const names = ['retry-after', 'ratelimit', 'ratelimit-policy'];
  assert.deepEqual(
    names.map((name) => answer.headers.get(name)),
    ['12', '"session";r=0;t=12', '"session";q=20;w=60'],
  );
  assert.equal((await send(text, '?async=true')).status, 202);
});
