import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorCodes, GatewayError, type Refusal, refused } from '../../../src/domain/errors.ts';
import { toAnswer } from '../../../src/http/response/errors.ts';
import { rawError } from '../../../src/http/response/raw-error.ts';
import { startApi } from '../support/api.ts';
import { errorOf } from '../support/envelope.ts';

const secret = 'SQLITE_CORRUPT near 6281234567890@s.whatsapp.net';
const text = { to: '6281234567890@s.whatsapp.net', type: 'text', text: 'hello' };

const statusOf = {
  validation_error: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  payload_too_large: 413,
  unsupported_media_type: 415,
  idempotency_mismatch: 422,
  rate_limited: 429,
  queue_full: 429,
  too_many_requests: 429,
  internal: 500,
  not_implemented: 501,
  upstream_error: 502,
  unavailable: 503,
  timeout: 504,
};

async function sending() {
  const api = await startApi();
  const [key, session] = [await api.key(), await api.linkedSession()];
  return { api, send: () => api.ask(`POST /api/v1/sessions/${session}/messages`, { key, json: text }) };
}

test('a refusal of the registry keeps its code, message and details, under the status of the code', async () => {
  const { api, send } = await sending();
  await using _ = api;

  for (const code of errorCodes) {
    if (code === 'internal') continue;
    api.sends.whatsapp = async () => refused({ code, message: `because of ${code}`, details: { status: 'stopped' } });

    const error = errorOf(await send(), statusOf[code], code);

    assert.deepEqual(error, { code, message: `because of ${code}`, details: { status: 'stopped' } });
  }
});

test('Retry-After is there when the refusal will pass, in whole seconds, rounded up and at least one', async () => {
  const { api, send } = await sending();
  await using _ = api;
  const cases = [
    [undefined, null],
    [0, '1'],
    [1, '1'],
    [1000, '1'],
    [1001, '2'],
    [59_400, '60'],
  ] as const;

  for (const [retryAfterMs, header] of cases) {
    const refusal: Refusal = { code: 'rate_limited', message: 'too fast' };
    api.sends.whatsapp = async () => refused({ ...refusal, ...(retryAfterMs !== undefined && { retryAfterMs }) });

    const answer = await send();

    assert.equal(answer.headers.get('retry-after'), header);
    assert.deepEqual(errorOf(answer, 429, 'rate_limited').details, {});
  }
});

test('the quota of a refusal is in the headers in whole numbers, and Retry-After is never before its reset', async () => {
  const { api, send } = await sending();
  await using _ = api;
  const quota = { limit: 600, windowSeconds: 3600, remaining: 0.4, resetSeconds: 5.2 };
  const cases = [
    [{}, '6'],
    [{ retryAfterMs: 1000 }, '6'],
    [{ retryAfterMs: 60_000 }, '60'],
  ] as const;

  for (const [given, retryAfter] of cases) {
    api.sends.whatsapp = async () => refused({ code: 'queue_full', message: 'too many', quota, ...given });
    const { headers } = await send();
    assert.equal(headers.get('retry-after'), retryAfter);
    assert.equal(headers.get('ratelimit'), '"session";r=0;t=6');
    assert.equal(headers.get('ratelimit-policy'), '"session";q=600;w=3600');
  }
});

test('an inner fault is 500 without a word of it, and one line in the log', async () => {
  const { api, send } = await sending();
  await using _ = api;
  const faults: (() => never)[] = [
    () => {
      throw new Error(secret, { cause: new Error(secret) });
    },
    () => {
      throw Object.assign(new Error(secret), { status: 400, statusCode: 400, expose: true });
    },
    () => {
      throw new GatewayError({ code: 'internal', message: secret, details: { secret } });
    },
  ];

  for (const [index, fault] of faults.entries()) {
    api.sends.whatsapp = async () => fault();

    const answer = await send();

    errorOf(answer, 500, 'internal');
    assert.ok(!answer.text.includes('SQLITE'), answer.text);
    assert.ok(![...answer.headers.values()].some((value) => value.includes('SQLITE')));
    const lines = await api.log.until('request failed', index + 1);
    assert.equal(lines.length, index + 1);
    assert.equal(lines.at(-1)?.requestId, answer.headers.get('x-request-id'));
    assert.equal(lines.at(-1)?.route, 'sendMessage');
  }
  assert.equal(api.log.faults.length, faults.length);
});

test('the cause of a refusal is for the log only', async () => {
  const { api, send } = await sending();
  await using _ = api;
  api.sends.whatsapp = async () => {
    throw new GatewayError({ code: 'unavailable', message: 'try later' }, { cause: new Error(secret) });
  };

  const answer = await send();

  assert.equal(errorOf(answer, 503, 'unavailable').message, 'try later');
  assert.ok(!answer.text.includes('SQLITE'));
  const [line] = await api.log.until('request refused');
  assert.match(JSON.stringify(line), /SQLITE/);
});

test('an unknown path, an unknown method and a path in another spelling are not found, with or without a key', async () => {
  await using api = await startApi();
  const [key, session] = [await api.key(), await api.linkedSession()];
  const targets = [
    'GET /',
    'GET /api/v1',
    'GET /api/v1/sessions/',
    'GET /API/v1/sessions',
    'PUT /api/v1/sessions',
    'OPTIONS /api/v1/sessions',
    'DELETE /api/v1/sessions',
    `POST /api/v1/sessions/${session}`,
    `POST /api/v1/sessions/${session}:explode`,
    `GET /api/v1/sessions/${session}/messages`,
    'POST /livez',
    'GET /api/v1/sessions//qr',
    'GET /favicon.ico',
    'GET /%zz',
    'GET /api/v1/sessions%2F',
    'GET /%00',
  ];

  for (const target of targets) {
    for (const ask of [{ key }, {}]) errorOf(await api.ask(target, ask), 404, 'not_found');
  }
});

test('every answer forbids keeping and sniffing it', async () => {
  await using api = await startApi();
  const key = await api.key();

  for (const target of ['GET /api/v1/sessions', 'POST /api/v1/sessions', 'GET /livez', 'GET /nothing']) {
    const { headers } = await api.ask(target, { key });
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.equal(headers.get('cache-control'), 'no-store');
  }
});

test('a refusal that is written without the application says how many bytes it has, whatever characters', () => {
  const { body, headers } = rawError(toAnswer({ code: 'internal', message: 'naïve… ☎ 🙂' }).envelope);

  assert.equal(headers['Content-Length'], new TextEncoder().encode(body).length);
});
