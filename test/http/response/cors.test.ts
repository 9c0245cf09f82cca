import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApi } from '../support/api.ts';

const list = 'GET /api/v1/sessions';
const origin = 'https://app.example.com';
const preflight = {
  origin,
  'access-control-request-method': 'PATCH',
  'access-control-request-headers': 'authorization, idempotency-key',
};

const crossOriginHeaders = (headers: Headers) =>
  [...headers.keys()].filter((name) => name.startsWith('access-control-'));

test('without a setting no page of another origin may read or ask anything', async () => {
  await using api = await startApi();

  const answer = await api.ask(list, { key: await api.key(), headers: { origin } });
  const asked = await api.ask('OPTIONS /api/v1/sessions', { headers: preflight });

  assert.deepEqual(crossOriginHeaders(answer.headers), []);
  assert.deepEqual([asked.status, crossOriginHeaders(asked.headers)], [404, []]);
});

test('pages of an origin that is set may call, and read the headers that say when to come again', async () => {
  await using api = await startApi({ corsOrigins: [origin] });

  const asked = await api.ask('OPTIONS /api/v1/sessions', { headers: preflight });
  const answer = await api.ask(list, { headers: { origin } });

  assert.equal(asked.status, 204);
  assert.equal(asked.headers.get('access-control-allow-origin'), origin);
  assert.match(asked.headers.get('access-control-allow-methods') ?? '', /PATCH/);
  assert.match(asked.headers.get('access-control-allow-headers') ?? '', /Idempotency-Key/);
  assert.equal(asked.headers.get('access-control-max-age'), '600');
  // A refusal can be read, too.
  assert.equal(answer.status, 401);
  assert.equal(answer.headers.get('access-control-allow-origin'), origin);
  assert.match(answer.headers.get('access-control-expose-headers') ?? '', /Retry-After/);
  assert.equal(answer.headers.get('access-control-allow-credentials'), null);
});

test('other origins are let in no more than without the setting', async () => {
  await using api = await startApi({ corsOrigins: [origin] });

  for (const other of ['https://app.example.com.evil.net', 'http://app.example.com', 'null', 'https://example.com']) {
    const { headers } = await api.ask(list, { headers: { origin: other } });
    assert.equal(headers.get('access-control-allow-origin'), null, other);
    assert.match(headers.get('vary') ?? '', /Origin/);
  }
});

test('every answer forbids to keep it, to guess at its type and to show it in a frame', async () => {
  await using api = await startApi();

  for (const target of ['GET /livez', list, 'GET /nowhere', 'OPTIONS /']) {
    const { headers } = await api.ask(target);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.equal(headers.get('content-security-policy'), "default-src 'none'; frame-ancestors 'none'");
    assert.equal(headers.get('referrer-policy'), 'no-referrer');
    assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin');
    assert.deepEqual([headers.get('server'), headers.get('x-powered-by')], [null, null]);
  }
});
