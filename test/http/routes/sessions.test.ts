import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { unwrap } from '../../../src/domain/errors.ts';
import { newSessionId } from '../../../src/domain/ids.ts';
import { pageOf } from '../../../src/http/request/pagination.ts';
import { SessionSchema } from '../../../src/http/response/session-schema.ts';
import { routes } from '../../../src/http/routes/index.ts';
import { type Answer, startApi } from '../support/api.ts';
import { errorOf, issuesOf } from '../support/envelope.ts';

const sessions = '/api/v1/sessions';
const PageSchema = pageOf(SessionSchema);

const sessionOf = ({ json }: Answer) => v.parse(SessionSchema, json);

test('a session is created stopped with the defaults, by the key that asked', async () => {
  await using api = await startApi();
  const made = await api.keys.create({ organization: 'acme', name: 'x', capabilities: ['manage'] });
  const { record, token: key } = unwrap(made);

  const answer = await api.ask(`POST ${sessions}`, { key });

  assert.equal(answer.status, 201);
  const { id, statusSince, createdAt, updatedAt, ...rest } = sessionOf(answer);
  assert.match(id, /^[0-9A-Z]{26}$/);
  assert.ok([statusSince, createdAt, updatedAt].every((time) => time > 1.6e12));
  assert.deepEqual(rest, {
    organizationId: 'acme',
    createdByUserId: record.id,
    label: null,
    status: 'stopped',
    reason: null,
    nextAttemptAt: null,
    nodeId: 'node',
    restriction: null,
    phoneNumber: null,
    waJid: null,
    waLid: null,
    autoRead: false,
    presenceTyping: false,
    ratePerMin: 20,
    rateBurst: 5,
    ratePerHour: 600,
    queued: 0,
    tokens: 5,
    lastConnectedAt: null,
  });
});

test('label, autoRead, presenceTyping and start are taken from the body', async () => {
  await using api = await startApi();
  const json = { label: ' shop ', autoRead: true, presenceTyping: true, start: true };

  const created = sessionOf(await api.ask(`POST ${sessions}`, { key: await api.key(), json }));

  assert.deepEqual({ ...created, ...json, label: 'shop', status: 'pairing' }, { ...created, start: true });
});

test('a wrong field and an unknown property of a new session are named', async () => {
  await using api = await startApi();
  const key = await api.key();
  const faults = [
    [{ label: 5 }, 'label'],
    [{ label: 'x'.repeat(101) }, 'label'],
    [{ autoRead: 'true' }, 'autoRead'],
    [{ presenceTyping: null }, 'presenceTyping'],
    [{ start: 1 }, 'start'],
    [{ lable: 'x' }, 'lable'],
    [{ ratePerMin: 1000 }, 'ratePerMin'],
    [{ constructor: 1 }, 'constructor'],
    [{ toString: 1 }, 'toString'],
  ] as const;

  for (const [json, field] of faults) issuesOf(await api.ask(`POST ${sessions}`, { key, json }), field);
});

test('a property of any length is named with an answer of modest length', async () => {
  await using api = await startApi();

  const answer = await api.ask(`POST ${sessions}`, { key: await api.key(), json: { ['x'.repeat(60_000)]: 1 } });

  issuesOf(answer, 'x'.repeat(100));
  assert.ok(answer.text.length < 1000);
});

test('all that is wrong is listed', async () => {
  await using api = await startApi();

  const answer = await api.ask(`POST ${sessions}`, { key: await api.key(), json: { label: 5, start: 'x', other: 1 } });

  assert.deepEqual(issuesOf(answer, 'label'), [
    'label must be of type string',
    'start must be of type boolean',
    'other is not a known property',
  ]);
});

test('a session of another organization cannot be told from one that does not exist, on any route', async () => {
  await using api = await startApi();
  const [key, foreign] = [await api.key(), await api.session('globex')];
  api.sessions.link(foreign, '6281234567890');
  const strangers = [
    foreign,
    newSessionId(),
    foreign.toLowerCase(),
    'x',
    '%zz',
    `${foreign}0`,
    '..%2F..',
    'a b',
    '%00',
  ];

  for (const { method, path } of routes.filter(({ path }) => path.includes('{session}'))) {
    const texts = new Set<string>();
    for (const stranger of strangers) {
      const answer = await api.ask(`${method} ${path.replace('{session}', encodeURI(stranger))}`, { key });
      errorOf(answer, 404, 'not_found');
      texts.add(`${answer.text} ${answer.headers.get('content-length')}`);
    }
    assert.equal(texts.size, 1, path);
  }
  assert.equal((await api.sessions.list('globex', { limit: 9 })).length, 1);
});

test('a session is read, started, stopped, logged out and deleted once', async () => {
  await using api = await startApi();
  const [key, session] = [await api.key(), await api.session()];
  const at = (method: string, verb = '') => api.ask(`${method} ${sessions}/${session}${verb}`, { key });
  const statusAfter = async (verb: string) => {
    const answer = await at('POST', verb);
    assert.equal(answer.status, 200, answer.text);
    return sessionOf(answer).status;
  };

  assert.equal(sessionOf(await at('GET')).id, session);
  assert.equal(await statusAfter(':start'), 'pairing');
  assert.equal(await statusAfter(':stop'), 'stopped');
  assert.equal(await statusAfter(':stop'), 'stopped');
  assert.equal(await statusAfter(':logout'), 'logged_out');

  const deleted = await at('DELETE');
  assert.deepEqual([deleted.status, deleted.text, deleted.headers.get('content-type')], [204, '', null]);
  errorOf(await at('DELETE'), 404, 'not_found');
  errorOf(await at('GET'), 404, 'not_found');
});

test('a linked session shows its number', async () => {
  await using api = await startApi();
  const [key, session] = [await api.key(), await api.session()];
  api.sessions.link(session, '6281234567890');

  const { status, phoneNumber, waJid, waLid } = sessionOf(await api.ask(`GET ${sessions}/${session}`, { key }));

  assert.deepEqual(
    [status, phoneNumber, waJid, waLid],
    ['connected', '6281234567890', '6281234567890@s.whatsapp.net', null],
  );
});

test('an encoded path is the same path', async () => {
  await using api = await startApi();
  const [key, session] = [await api.key(), await api.session()];
  const encoded = [...session].map((char) => `%${char.charCodeAt(0).toString(16)}`).join('');

  assert.equal((await api.ask(`GET ${sessions}/${encoded}`, { key })).status, 200);
  assert.equal((await api.ask(`GET /%61pi/v1/sessions/${session}`, { key })).status, 200);
  assert.equal((await api.ask(`POST ${sessions}/${session}%3Astart`, { key })).status, 200);
});

test('a list walks through all sessions of the organization and of no other', async () => {
  await using api = await startApi();
  const key = await api.key();
  const own: string[] = [];
  for (let count = 0; count < 5; count++) {
    own.push(await api.session());
    await api.session('globex');
  }

  const pages: string[][] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query = `?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`;
    const page: v.InferOutput<typeof PageSchema> = v.parse(
      PageSchema,
      (await api.ask(`GET ${sessions}${query}`, { key })).json,
    );
    pages.push(page.data.map(({ id }) => id));
    cursor = page.nextCursor;
  }

  assert.deepEqual(pages, [own.slice(0, 2), own.slice(2, 4), own.slice(4)]);
});

test('a page that is exactly full is the last one when nothing follows, and an empty list has none', async () => {
  await using api = await startApi();
  await api.session();

  const full = await api.ask(`GET ${sessions}?limit=1`, { key: await api.key() });
  const empty = await api.ask(`GET ${sessions}`, { key: await api.key({ organization: 'globex' }) });

  assert.equal(v.parse(PageSchema, full.json).nextCursor, null);
  assert.deepEqual(empty.json, { data: [], nextCursor: null });
});

test('limit is clamped to 1 to 200, and 50 without it or with 0', async () => {
  await using api = await startApi();
  const key = await api.key();
  for (let count = 0; count < 202; count++) await api.session();
  const lengths = [
    ['', 50],
    ['?limit=0', 50],
    ['?limit=-5', 1],
    ['?limit=1', 1],
    ['?limit=200', 200],
    ['?limit=201', 200],
    ['?limit=99999999999999999999999', 200],
  ] as const;

  for (const [query, length] of lengths) {
    const { data } = v.parse(PageSchema, (await api.ask(`GET ${sessions}${query}`, { key })).json);
    assert.equal(data.length, length, query);
  }
});

test('a query that is malformed, unknown or given twice is 400 and named', async () => {
  await using api = await startApi();
  const key = await api.key();
  const notAUlid = Buffer.from('01ARZ3NDEKTSV4RRFFQ69G5FAU').toString('base64url');
  const faults = [
    ['limit=ten', 'limit'],
    ['limit=', 'limit'],
    ['limit=1.5', 'limit'],
    ['limit=1e3', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['cursor=', 'cursor'],
    ['cursor=!!!', 'cursor'],
    ['cursor=%zz', 'cursor'],
    [`cursor=${notAUlid}`, 'cursor'],
    ['offset=1', 'offset'],
    ['__proto__=1', '__proto__'],
    ['constructor=1', 'constructor'],
  ] as const;

  for (const [query, field] of faults) issuesOf(await api.ask(`GET ${sessions}?${query}`, { key }), field);
});
