import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unwrap } from '../../../src/domain/errors.ts';
import type { StreamOptions } from '../../../src/http/streams/streams.ts';
import { type Api, startApi } from '../support/api.ts';
import { errorOf } from '../support/envelope.ts';
import type { SseClient } from '../support/sse.ts';
import { envelopeOf, follow, numbersOf, publish, range } from '../support/streams.ts';

const soon: Partial<StreamOptions> = { heartbeatMs: 5, verifyMs: 5, slowReaderTimeoutMs: 400 };
/** More than two sockets hold for a reader that does not read. */
const large = { ballast: 'x'.repeat(256 * 1024) };
const many = range(1, 100);

const numbers = (client: SseClient) => numbersOf(client.events.map(({ data }) => envelopeOf(data)));

test('a reader that takes nothing is closed and logged by name, and the others get everything', async () => {
  await using api = await startApi({ streamOptions: soon });
  await using stalled = await follow(api);
  await using reading = await follow(api);
  stalled.pause();

  await publish(api, many, large);
  await reading.until(many.length);
  const [line] = await api.log.until('event stream ended');

  assert.deepEqual([line?.level, line?.['reason'], line?.organization], [40, 'slow_reader', 'acme']);
  stalled.resume();
  assert.equal(await stalled.ended, false);
  assert.deepEqual(numbers(reading), many);
});

test('a reader that was closed for being slow resumes without a hole', async () => {
  await using api = await startApi({ streamOptions: soon });
  const stalled = await follow(api);
  stalled.pause();
  await publish(api, many, large);
  await api.log.until('event stream ended');
  stalled.resume();
  await stalled.ended;

  await using again = await follow(api, '', { headers: { 'last-event-id': stalled.lastEventId } });
  const had = numbers(stalled);
  await again.until(many.length - had.length);

  assert.ok(had.length < many.length);
  assert.deepEqual([...had, ...numbers(again)], many);
});

test('the stream of a key ends after the key is revoked, and those of others go on', async () => {
  await using api = await startApi({ streamOptions: soon });
  const made = await api.keys.create({ organization: 'acme', name: 'x', capabilities: ['read'] });
  const { record, token: key } = unwrap(made);
  await using client = await follow(api, '', { key });
  await using other = await follow(api);

  await api.keys.revoke('acme', record.id);

  assert.equal(await client.ended, true);
  const [line] = await api.log.until('event stream ended');
  assert.equal(line?.['reason'], 'revoked');
  await publish(api, [1]);
  await other.until(1);
});

test('a stream goes on while its key cannot be checked', async () => {
  let asked = 0;
  const api: Api = await startApi({
    streamOptions: soon,
    apiKeys: {
      isValid: async (organization, id) => {
        asked += 1;
        if (asked < 10) throw new Error('not now');
        return api.keys.isValid(organization, id);
      },
    },
  });
  await using _ = api;
  await using client = await follow(api);

  await client.untilThat(() => asked > 10);
  await publish(api, [1]);

  assert.deepEqual((await client.until(1)).length, 1);
});

test('an organization has a bounded number of streams, and a place is free once one has ended', async () => {
  await using api = await startApi({ streamOptions: { maxPerOrganization: 2 } });
  const key = await api.key();
  const [first, second] = [await follow(api, '', { key }), await follow(api, '', { key })];
  await using _ = second;

  const answer = await api.ask('GET /api/v1/events', { key });
  const { message, details } = errorOf(answer, 429, 'queue_full');
  assert.match(message, /too many event streams/);
  assert.deepEqual(details, { limit: 2 });
  assert.equal(answer.headers.get('retry-after'), '5');
  await using other = await follow(api, '', { key: await api.key({ organization: 'globex' }) });
  assert.deepEqual(other.events, []);

  await first[Symbol.asyncDispose]();
  await api.log.until('request', 2);
  await using again = await follow(api, '', { key });
  await publish(api, [1]);
  await again.until(1);
});

test('closing the server ends all streams in good order, also of those who do not read, and does not wait', async () => {
  await using api = await startApi({ closeTimeoutMs: 600_000, streamOptions: { closeTimeoutMs: 20 } });
  await using client = await follow(api);
  await using stalled = await follow(api);
  stalled.pause();
  await publish(api, many, large);
  await client.until(many.length);

  await api.close();

  assert.equal(await client.ended, true);
  stalled.resume();
  assert.equal(await stalled.ended, false);
});

test('the end of the store ends a stream in good order', async () => {
  await using api = await startApi();
  await using client = await follow(api);

  await api.store[Symbol.asyncDispose]();

  assert.equal(await client.ended, true);
});

test('a fault while reading ends the stream and is logged, without a word to the reader', async () => {
  const secret = 'SQLITE_CORRUPT';
  const { promise: broken, resolve: breakDown } = Promise.withResolvers<void>();
  const api: Api = await startApi({
    events: {
      publish: async () => undefined,
      tail: async () => null,
      follow: async function* () {
        yield { events: [], trimmedThrough: null };
        await broken;
        throw new Error(secret);
      },
    },
  });
  await using _ = api;
  await using client = await follow(api);

  breakDown();

  assert.equal(await client.ended, false);
  const [line] = await api.log.until('event stream ended');
  assert.deepEqual([line?.level, line?.['reason']], [50, 'fault']);
  assert.doesNotMatch(JSON.stringify(client.blocks), new RegExp(secret));
});

test('the line of a stream is written when it is over', async () => {
  await using api = await startApi();
  const client = await follow(api);

  await client[Symbol.asyncDispose]();

  const [line] = await api.log.until('request');
  assert.deepEqual([line?.route, line?.status, line?.aborted], ['streamEvents', 200, true]);
  assert.deepEqual(api.log.lines, [line]);
});
