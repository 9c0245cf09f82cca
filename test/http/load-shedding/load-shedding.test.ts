import assert from 'node:assert/strict';
import { test } from 'node:test';
import { done } from '../../../src/domain/errors.ts';
import { exchange, startApi } from '../support/api.ts';
import { errorOf } from '../support/envelope.ts';
import { realtime, refusalOf } from '../support/realtime.ts';

const list = 'GET /api/v1/sessions';
const text = { to: '6281234567890@s.whatsapp.net', type: 'text', text: 'hello' };

/** No request is served at once, and none may wait. */
const overloaded = { sliceMs: -1, maxWaitMs: -1 };

test('over the rate limit of a credential there is a 429 that says when to retry', async () => {
  await using api = await startApi({ requestsPerSecond: 1 });
  const [key, other] = [await api.key(), await api.key()];
  for (let count = 0; count < 2; count += 1) assert.equal((await api.ask(list, { key })).status, 200);

  const answer = await api.ask(list, { key });

  const { details } = errorOf(answer, 429, 'too_many_requests');
  assert.equal(details['limit'], 1);
  assert.equal(answer.headers.get('retry-after'), '1');
  assert.equal((await api.ask(list, { key: other })).status, 200);
  assert.equal((await api.ask('GET /livez')).status, 200);
});

test('a hundred sends to one session at once are all answered', async () => {
  await using api = await startApi();
  const [key, session] = [await api.key(), await api.linkedSession()];

  const answers = await Promise.all(
    Array.from({ length: 100 }, () => api.ask(`POST /api/v1/sessions/${session}/messages`, { key, json: text })),
  );

  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
});

test('more than 200 requests in flight for one session are refused, and later ones are served', async () => {
  // On a busy machine some of so many would be shed, and the 200 never be there.
  await using api = await startApi({ schedulerOptions: { sliceMs: 20, maxWaitMs: 60_000 } });
  const [key, session] = [await api.key(), await api.linkedSession()];
  const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  let waiting = 0;
  api.sends.whatsapp = async () => {
    waiting += 1;
    if (waiting === 200) arrived.resolve();
    await finished;
    return done('sent');
  };
  const send = () => api.ask(`POST /api/v1/sessions/${session}/messages`, { key, json: text });
  const sends = Array.from({ length: 200 }, send);
  await arrived.promise;

  try {
    errorOf(await send(), 429, 'too_many_requests');
    assert.equal((await api.ask(list, { key })).status, 200);
  } finally {
    finish();
  }

  assert.ok((await Promise.all(sends)).every(({ status }) => status === 200));
  assert.equal((await send()).status, 200);
});

test('a request that is shed gets a 503 like any other, and its connection stays open', async () => {
  await using api = await startApi({ schedulerOptions: overloaded });

  const answer = await api.ask(list, { key: await api.key() });
  const twice = await exchange(
    api.url,
    `POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
  );

  const { details } = errorOf(answer, 503, 'unavailable');
  assert.deepEqual(details, { reason: 'overloaded' });
  assert.match(answer.headers.get('retry-after') ?? '', /^[1-5]$/);
  assert.match(answer.headers.get('x-request-id') ?? '', /^[0-9A-Z]{26}$/);
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  assert.deepEqual(twice.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 503', 'HTTP/1.1 200']);
  assert.equal((await refusalOf(api, '')).status, 503);
});

test('a request that is shed can be read by a page of an origin that is set, and by no other', async () => {
  const origin = 'https://app.example.com';
  await using api = await startApi({ schedulerOptions: overloaded, corsOrigins: [origin] });

  const { headers } = await api.ask(list, { headers: { origin } });
  const other = await api.ask(list, { headers: { origin: 'https://example.net' } });

  assert.equal(headers.get('access-control-allow-origin'), origin);
  assert.match(headers.get('access-control-expose-headers') ?? '', /Retry-After/);
  assert.equal(other.headers.get('access-control-allow-origin'), null);
});

test('queued requests are served in turn', async () => {
  // The answers are checked in the same process, which must not look overloaded.
  await using api = await startApi({ schedulerOptions: { sliceMs: -1, maxWaitMs: 60_000 } });
  const key = await api.key();

  const answers = await Promise.all(Array.from({ length: 300 }, () => api.ask(list, { key })));

  assert.ok(answers.every(({ status }) => status === 200));
});

test('probes are never shed', async () => {
  await using api = await startApi({ schedulerOptions: overloaded });

  for (const path of ['/livez', '/readyz', '/readyz?from=balancer']) {
    assert.equal((await api.ask(`GET ${path}`)).status, 200);
  }
});

test('a stream does not count as a request in flight', async () => {
  await using api = await startApi({ streamOptions: { maxPerOrganization: 1_100 } });
  const key = await api.key();
  const streams: Awaited<ReturnType<typeof realtime>>[] = [];
  while (streams.length < 1_001) streams.push(await realtime(api, { key }));

  assert.equal((await api.ask(list, { key })).status, 200);
  await Promise.all(streams.map((stream) => stream[Symbol.asyncDispose]()));
});
