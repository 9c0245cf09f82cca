import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { routes } from '../../src/http/routes/index.ts';
import { type Api, exchange, startApi } from './support/api.ts';

const runs = { numRuns: 150 };
const text = { to: '6281234567890@s.whatsapp.net', type: 'text', text: 'hello' };
const plannedRefusal = 501;

const printable = fc.string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)) });

/** Bodies that are nearly right go deeper than arbitrary ones. */
const nearlyRight = fc
  .record({ to: fc.oneof(fc.constant(text.to), fc.jsonValue()), type: fc.constant('text'), text: fc.jsonValue() })
  .chain((body) => fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 2 }).map((more) => ({ ...body, ...more })));

async function assertNoFault(api: Api, status: number): Promise<void> {
  assert.ok(status < 500 || status === plannedRefusal, `status ${status}`);
  assert.deepEqual(api.log.faults, []);
}

test('no JSON body makes any route fail', async () => {
  await using api = await startApi();
  const [key, session] = [await api.key(), await api.session()];
  const posts = routes.filter(({ id }) => ['createSession', 'sendMessage', 'sessionPairingCode'].includes(id));

  const bodies = fc.oneof(nearlyRight, fc.jsonValue());
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...posts), bodies, async ({ method, path }, json) => {
      const { status } = await api.ask(`${method} ${path.replace('{session}', session)}`, { key, json });
      await assertNoFault(api, status);
    }),
    runs,
  );
});

test('no bytes as a body make a route fail', async () => {
  await using api = await startApi();
  const [key, session] = [await api.key(), await api.session()];

  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 200 }),
      fc.constantFrom('identity', 'gzip', 'deflate', 'br', 'gzip, br'),
      async (bytes, encoding) => {
        const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
        const body = Uint8Array.from(bytes);
        const { status } = await api.ask(`POST /api/v1/sessions/${session}/messages`, { key, body, headers });
        await assertNoFault(api, status);
      },
    ),
    runs,
  );
});

test('no request target and no header value makes the server fail', async () => {
  await using api = await startApi();
  const key = await api.key();
  const header = fc.constantFrom(
    'accept',
    'authorization',
    'content-encoding',
    'content-type',
    'host',
    'if-none-match',
    'x-api-key',
    'x-forwarded-for',
    'x-http-method-override',
    'x-request-id',
  );
  const path = fc.oneof(
    printable.map((segment) => `/api/v1/sessions/${segment.replaceAll(' ', '')}`),
    printable.map((rest) => `/${rest.replaceAll(' ', '')}`),
    fc.webQueryParameters().map((query) => `/api/v1/sessions?${query}`),
  );

  await fc.assert(
    fc.asyncProperty(fc.constantFrom('GET', 'POST', 'DELETE'), path, header, printable, async (...parts) => {
      const [method, target, name, value] = parts;
      const head = `${method} ${target} HTTP/1.1\r\nX-Api-Key: ${key}\r\nHost: x\r\n${name}: ${value}`;
      const received = await exchange(api.url, `${head}\r\nConnection: close\r\n\r\n`);
      await assertNoFault(api, Number(/^HTTP\/1\.1 (\d{3})/.exec(received)?.[1]));
    }),
    runs,
  );
});
