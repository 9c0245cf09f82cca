import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { startApi } from './support/api.ts';

const phone = '6281234567890';
const text = { to: `${phone}@s.whatsapp.net`, type: 'text', text: 'top secret' };

test('a well formed X-Request-Id is kept, any other is replaced by one of ours', async () => {
  await using api = await startApi();
  const idFor = async (given?: string) => {
    const headers = given === undefined ? {} : { 'x-request-id': given };
    return (await api.ask('GET /livez', { headers })).headers.get('x-request-id') ?? '';
  };

  for (const good of ['a', 'Trace_1.2-3', 'x'.repeat(64)]) assert.equal(await idFor(good), good);
  for (const bad of [undefined, '', 'x'.repeat(65), 'a b', 'a,b', 'é', '{}']) {
    assert.match(await idFor(bad), /^[0-9A-Z]{26}$/);
  }
});

test('every answer has a request id, also 401, 404 and 413, and never in the body', async () => {
  await using api = await startApi();
  const headers = { 'x-request-id': 'find-me', 'content-type': 'application/json' };
  const big = JSON.stringify({ label: 'x'.repeat(2 ** 20) });

  for (const [target, ask] of [
    ['GET /api/v1/sessions', {}],
    ['GET /nothing', {}],
    ['POST /api/v1/sessions', { key: await api.key(), body: big }],
  ] as const) {
    const answer = await api.ask(target, { ...ask, headers });
    assert.equal(answer.headers.get('x-request-id'), 'find-me');
    assert.doesNotMatch(answer.text, /find-me/);
  }
});

test('a request is one line: what, by whom and how it went, without path, query, headers, body or JIDs', async () => {
  await using api = await startApi();
  const [key, session] = [await api.key(), await api.linkedSession()];

  const answer = await api.ask(`POST /api/v1/sessions/${session}/messages?async=false`, {
    key,
    json: text,
    headers: { 'user-agent': 'spy' },
  });
  const [line] = await api.log.until('request');

  assert.ok(line);
  const { time, pid, hostname, durationMs, ...rest } = line;
  assert.equal(typeof durationMs, 'number');
  assert.deepEqual(rest, {
    level: 30,
    msg: 'request',
    method: 'POST',
    route: 'sendMessage',
    status: 200,
    requestId: answer.headers.get('x-request-id'),
    traceId: answer.headers.get('x-trace-id'),
    organization: 'acme',
    outboxId: v.parse(v.looseObject({ outboxId: v.string() }), answer.json).outboxId,
  });
  for (const secret of [phone, session, key, 'secret', 'spy', '/api']) {
    assert.doesNotMatch(JSON.stringify(api.log.lines), new RegExp(secret));
  }
});

test('what matches no route and what has no valid key is logged without route or organization', async () => {
  await using api = await startApi();

  await api.ask('GET /6281234567890@s.whatsapp.net');
  await api.ask('GET /api/v1/sessions', { key: 'wa_x' });
  const [unknown, refused] = await api.log.until('request', 2);

  assert.deepEqual([unknown?.route, unknown?.status, unknown?.organization], [null, 404, null]);
  assert.deepEqual([refused?.route, refused?.status, refused?.organization], ['listSessions', 401, null]);
  assert.doesNotMatch(JSON.stringify(api.log.lines), /6281234567890/);
});

test('a caller who leaves while waiting is a line that says so and no fault', async () => {
  await using api = await startApi();
  const [key, session] = [await api.key(), await api.linkedSession()];
  const leaving = new AbortController();
  const { promise: never } = Promise.withResolvers<never>();
  api.sends.whatsapp = () => {
    leaving.abort();
    return never;
  };

  const target = `POST /api/v1/sessions/${session}/messages`;
  await assert.rejects(api.ask(target, { key, json: text, signal: leaving.signal }), { name: 'AbortError' });
  const [line] = await api.log.until('request');

  assert.deepEqual([line?.route, line?.status, line?.aborted], ['sendMessage', null, true]);
  assert.deepEqual(api.log.faults, []);
});
