import assert from 'node:assert/strict';
import { request } from 'node:http';
import { test } from 'node:test';
import fc from 'fast-check';
import { routes } from '../../src/http/routes/index.ts';
import { type Api, exchange, startApi } from './support/api.ts';

const runs = { numRuns: 150 };
const to = '6281234567890@s.whatsapp.net';
/** What is documented to go wrong; 500 is not among it. */
const documented = new Set([501, 502, 503, 504]);
/** Nothing here has to wait for anybody. */
const hangsAfterMs = 5_000;

const printable = fc.string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)) });

/** Bodies that are nearly right go deeper than arbitrary ones. */
const nearlyRight = fc
  .record(
    {
      to: fc.oneof(fc.constant(to), fc.jsonValue()),
      type: fc.constantFrom('text', 'poll', 'location', 'contact', 'image'),
      text: fc.jsonValue(),
      chat: fc.constant(to),
      name: fc.jsonValue(),
      options: fc.array(fc.oneof(fc.string(), fc.jsonValue()), { maxLength: 3 }),
      selectableCount: fc.oneof(fc.integer(), fc.double()),
      latitude: fc.double(),
      longitude: fc.oneof(fc.double(), fc.string()),
      contact: fc.record(
        { name: fc.string(), phone: fc.constant('6281234567890'), vcard: fc.string() },
        { requiredKeys: [] },
      ),
      mentions: fc.array(fc.oneof(fc.constant(to), fc.jsonValue()), { maxLength: 3 }),
      invite: fc.oneof(fc.string(), fc.jsonValue()),
      sessions: fc.array(fc.string(), { maxLength: 3 }),
      events: fc.array(fc.oneof(fc.constant('message'), fc.string()), { maxLength: 3 }),
      label: fc.jsonValue(),
      ratePerMin: fc.double(),
      phone: fc.string(),
    },
    { requiredKeys: [] },
  )
  .chain((body) => fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 1 }).map((more) => ({ ...body, ...more })));

const query = fc
  .dictionary(
    fc.constantFrom('async', 'limit', 'cursor', 'after', 'since', 'ticket', 'session', 'event', '__proto__'),
    fc.oneof(fc.constantFrom('true', '2', 'message', 'evt_00000000000000000000000001'), fc.string()),
    { maxKeys: 2 },
  )
  .map((parameters) => `?${new URLSearchParams(parameters)}`);

const headers = fc.dictionary(
  fc.constantFrom(
    'accept',
    'authorization',
    'connection',
    'content-encoding',
    'content-type',
    'idempotency-key',
    'if-none-match',
    'last-event-id',
    'sec-websocket-key',
    'sec-websocket-version',
    'traceparent',
    'upgrade',
    'x-forwarded-for',
    'x-http-method-override',
    'x-request-id',
  ),
  fc.oneof(fc.constantFrom('gzip', 'websocket', 'upgrade', 'application/json', '13', '*/*'), printable),
  { maxKeys: 3 },
);

interface Asked {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string;
}

/** The status of the answer. A stream is left as soon as it has begun, anything else is read to its end. */
function statusOf(url: string, { method, path, headers, body }: Asked): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(`${url}${path}`, {
      method,
      headers,
      agent: false,
      signal: AbortSignal.timeout(hangsAfterMs),
    });
    asked.once('error', reject);
    asked.once('response', (response) => {
      const { statusCode = 0 } = response;
      if (response.headers['content-type'] === 'text/event-stream') asked.destroy();
      response.once('error', () => undefined).once('close', () => resolve(statusCode));
      response.resume();
    });
    asked.end(body);
  });
}

function assertNoFault(api: Api, status: number): void {
  assert.ok(status < 500 || documented.has(status), `status ${status}`);
  assert.deepEqual(api.log.faults, []);
}

test('no JSON body makes any route fail or hang', async () => {
  await using api = await startApi();
  const key = await api.key();
  const taking = routes.filter(({ method }) => method !== 'GET');

  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...taking), fc.oneof(nearlyRight, fc.jsonValue()), async (route, json) => {
      const path = route.path.replace('{session}', await api.linkedSession()).replace(/\{\w+\}/, '3EB0AA');
      const headers = { 'x-api-key': key, 'content-type': 'application/json' };
      assertNoFault(api, await statusOf(api.url, { method: route.method, path, headers, body: JSON.stringify(json) }));
    }),
    { numRuns: 600 },
  );
});

test('no method, path, query, header and body together make any route fail or hang', async () => {
  await using api = await startApi();
  const key = await api.key();
  const method = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS');
  const parameter = fc.oneof(
    fc.constantFrom('120363021234567890@g.us', '3EB0AA', '%', '..'),
    fc.string({ unit: 'binary' }),
  );
  const own = fc.constantFrom(...routes);

  await fc.assert(
    fc.asyncProperty(
      own,
      fc.option(method),
      parameter,
      query,
      headers,
      fc.oneof(
        nearlyRight.map((body) => JSON.stringify(body)),
        fc.string(),
      ),
      async (route, other, value, search, given, body) => {
        const named = route.path.replace('{session}', await api.linkedSession());
        const path = `${named.replace(/\{\w+\}/, encodeURIComponent(value.toWellFormed()))}${search}`;
        const chosen = other ?? route.method;
        const asked = {
          method: chosen,
          path,
          headers: { 'x-api-key': key, 'content-type': 'application/json', ...given },
          body: chosen === 'GET' || chosen === 'HEAD' ? '' : body,
        };
        assertNoFault(api, await statusOf(api.url, asked).catch(connectionEnded));
      },
    ),
    { numRuns: 800 },
  );
});

/** Of a request that is no HTTP by the client's own rules, and of a handshake that was not answered with a WebSocket. */
function connectionEnded(error: unknown): number {
  if (error instanceof TypeError) return 0;
  throw error;
}

test('no bytes as a body make a route fail', async () => {
  await using api = await startApi();
  const [key, session] = [await api.key(), await api.linkedSession()];

  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 200 }),
      fc.constantFrom('identity', 'gzip', 'deflate', 'br', 'gzip, br'),
      async (bytes, encoding) => {
        const given = { 'content-type': 'application/json', 'content-encoding': encoding };
        const body = Uint8Array.from(bytes);
        const target = `POST /api/v1/sessions/${session}/messages`;
        assertNoFault(api, (await api.ask(target, { key, body, headers: given })).status);
      },
    ),
    runs,
  );
});

test('no request target and no header value makes the server fail', async () => {
  await using api = await startApi();
  const key = await api.key();
  const header = fc.constantFrom('accept', 'authorization', 'content-type', 'expect', 'host', 'upgrade', 'x-api-key');
  const path = fc.oneof(
    printable.map((segment) => `/api/v1/sessions/${segment.replaceAll(' ', '')}`),
    printable.map((rest) => `/${rest.replaceAll(' ', '')}`),
    fc.webQueryParameters().map((parameters) => `/api/v1/sessions?${parameters}`),
  );

  await fc.assert(
    fc.asyncProperty(fc.constantFrom('GET', 'POST', 'DELETE'), path, header, printable, async (...parts) => {
      const [method, target, name, value] = parts;
      const head = `${method} ${target} HTTP/1.1\r\nX-Api-Key: ${key}\r\nHost: x\r\n${name}: ${value}`;
      const received = await exchange(api.url, `${head}\r\nConnection: close\r\n\r\n`);
      assertNoFault(api, Number(/^HTTP\/1\.1 (\d{3})/.exec(received)?.[1]));
    }),
    runs,
  );
});

const longLists = {
  mentions: { path: 'sessions/{session}/messages', rest: { to, type: 'text', text: 'hello' }, count: 100_000 },
  options: { path: 'sessions/{session}/messages', rest: { to, type: 'poll', name: 'Lunch?' }, count: 100_000 },
  sessions: { path: 'realtime/ticket', rest: {}, count: 30_000 },
  events: { path: 'realtime/ticket', rest: {}, count: 30_000 },
  capabilities: { path: 'api-keys', rest: { name: 'x' }, count: 30_000 },
} as const;

for (const [field, { path, rest, count }] of Object.entries(longLists)) {
  test(`of a list of ${field} that is far too long only that is told, not what is wrong with each item`, async () => {
    await using api = await startApi();
    const [key, session] = [await api.key(), await api.linkedSession()];

    const answer = await api.ask(`POST /api/v1/${path.replace('{session}', session)}`, {
      key,
      json: { ...rest, [field]: Array(count).fill(1) },
    });

    assert.equal(answer.status, 400);
    assert.match(answer.text, new RegExp(`"${field} must be at most \\d+"`));
    assert(answer.bytes.length < 500, `${answer.bytes.length} bytes`);
  });
}
