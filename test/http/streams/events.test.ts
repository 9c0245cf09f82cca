import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventId } from '../../../src/domain/event.ts';
import { openSqliteStore } from '../../../src/store/engine/sqlite/store.ts';
import { events as eventsOf } from '../../../src/store/records/event-log.ts';
import { startApi } from '../support/api.ts';
import { errorOf, issuesOf } from '../support/envelope.ts';
import { payloads } from '../support/payloads.ts';
import type { SseClient } from '../support/sse.ts';
import { envelopeOf, follow, numbersOf, publish, publishInto, range } from '../support/streams.ts';

const envelopesOf = async (client: SseClient, count: number) =>
  (await client.until(count)).map(({ data }) => envelopeOf(data));

const idOf = (number: number) => eventId(1_700_000_000_000 + number, String(number).padStart(16, '0'));

test('the stream begins with what happens from now on, as frames with id, event and one line of JSON', async () => {
  await using api = await startApi();
  await publish(api, [1]);
  await using client = await follow(api);
  const { headers } = client.response;
  assert.equal(headers['content-type'], 'text/event-stream');
  assert.equal(headers['cache-control'], 'no-store');
  assert.equal(headers['x-accel-buffering'], 'no');
  assert.equal(headers['connection'], 'close');
  assert.deepEqual(client.blocks[0], { retry: '1000' });

  await publish(api, [2], { session: 'x' });

  const [frame] = await client.until(1);
  assert.deepEqual([frame?.id, frame?.event], [idOf(2), 'message.status']);
  assert.deepEqual(envelopeOf(frame?.data), {
    schema: 'v1',
    id: idOf(2),
    event: 'message.status',
    session: 'x',
    organization: 'acme',
    timestamp: 1_700_000_000_002,
    payload: payloads['message.status'],
  });
});

test('a stream is resumed behind the event in Last-Event-ID or in after; the header is the newer one', async () => {
  await using api = await startApi();
  await publish(api, range(1, 5));

  await using byHeader = await follow(api, '', { headers: { 'last-event-id': idOf(2) } });
  await using byQuery = await follow(api, `?after=${idOf(3)}`);
  await using byBoth = await follow(api, `?after=${idOf(1)}`, { headers: { 'last-event-id': idOf(4) } });

  assert.deepEqual(numbersOf(await envelopesOf(byHeader, 3)), [3, 4, 5]);
  assert.deepEqual(numbersOf(await envelopesOf(byQuery, 2)), [4, 5]);
  assert.deepEqual(numbersOf(await envelopesOf(byBoth, 1)), [5]);
});

test('a client that drops before anything has happened resumes where it began', async () => {
  await using api = await startApi();
  for (const before of [[], [1]]) {
    await publish(api, before);
    const first = await follow(api);
    await first[Symbol.asyncDispose]();
    await publish(api, [before.length + 1]);

    await using second = await follow(api, '', { headers: { 'last-event-id': first.lastEventId } });

    assert.deepEqual(numbersOf(await envelopesOf(second, 1)), [before.length + 1]);
  }
});

test('a client that is dropped again and again misses nothing, and repeats nothing', async () => {
  await using api = await startApi();
  const total = 5000;
  let drops = 0;
  const seen: unknown[] = [];
  let last = (await follow(api)).lastEventId;
  const publishing = publish(api, range(1, total));

  for (; seen.length < total; drops += 1) {
    const client = await follow(api, '', { headers: { 'last-event-id': last } });
    await client.until(Math.min(1 + ((drops * 37) % 40), total - seen.length));
    await client[Symbol.asyncDispose]();
    seen.push(...numbersOf(client.events.map(({ data }) => envelopeOf(data))));
    last = client.lastEventId;
  }

  await publishing;
  assert.ok(drops >= 200, `${drops} drops`);
  assert.deepEqual(seen, range(1, total));
});

test('a malformed id, an unknown event, an empty session and an unknown parameter are 400 and named', async () => {
  await using api = await startApi();
  const key = await api.key();
  const faults = [
    ['?after=', 'after'],
    ['?after=evt_1', 'after'],
    [`?after=${idOf(1)}x`, 'after'],
    [`?after=${idOf(1)}&after=${idOf(1)}`, 'after'],
    ['?event=', 'event'],
    ['?event=message,nothing', 'event'],
    ['?event=message&event=', 'event'],
    ['?session=', 'session'],
    ['?session=a,,b', 'session'],
    [`?session=${'x,'.repeat(100)}x`, 'session'],
    ['?since=x', 'since'],
  ] as const;

  for (const [query, field] of faults) issuesOf(await api.ask(`GET /api/v1/events${query}`, { key }), field);
  for (const id of ['1', 'evt_', 'null', `evt_${'0'.repeat(25)}X`]) {
    const answer = await api.ask('GET /api/v1/events', { key, headers: { 'last-event-id': id } });
    issuesOf(answer, 'Last-Event-ID');
  }
});

test('filters by session and by event, repeated or with commas, leave out the rest', async () => {
  await using api = await startApi();
  await using bySession = await follow(api, '?session=a,b&session=c');
  await using byEvent = await follow(api, '?event=message&event=poll.vote,group.update');
  await using byBoth = await follow(api, '?session=a&event=message');

  await publish(api, [1], { session: 'a' });
  await publish(api, [2], { session: 'd', event: 'message' });
  await publish(api, [3], { session: 'c', event: 'poll.vote' });
  await publish(api, [4], { session: 'a', event: 'message' });
  await publish(api, [5], { session: 'd' });

  assert.deepEqual(numbersOf(await envelopesOf(bySession, 3)), [1, 3, 4]);
  assert.deepEqual(numbersOf(await envelopesOf(byEvent, 3)), [2, 3, 4]);
  assert.deepEqual(numbersOf(await envelopesOf(byBoth, 1)), [4]);
});

test('nothing of another organization is seen, also when its session is asked for', async () => {
  await using api = await startApi();
  const foreign = await api.session('globex');
  await using all = await follow(api);
  await using filtered = await follow(api, `?session=${foreign},own`);

  await publish(api, [1], { organization: 'globex', session: foreign });
  await publish(api, [2], { session: 'own' });

  for (const client of [all, filtered]) assert.deepEqual(numbersOf(await envelopesOf(client, 1)), [2]);
});

test('codes that link a phone are only for those who may manage', async () => {
  await using api = await startApi();
  const manager = await api.key({ capabilities: ['read', 'manage'] });
  await using reading = await follow(api, '?event=auth.qr,auth.code,message');
  await using managing = await follow(api, '?event=auth.qr,auth.code,message', { key: manager });

  await publish(api, [1], { event: 'auth.qr' });
  await publish(api, [2], { event: 'auth.code' });
  await publish(api, [3], { event: 'message' });

  assert.deepEqual(numbersOf(await envelopesOf(reading, 1)), [3]);
  assert.deepEqual(numbersOf(await envelopesOf(managing, 3)), [1, 2, 3]);
});

test('a reader whose position was trimmed is told of the hole once, whatever its filters', async () => {
  await using api = await startApi();
  await publishInto(api, 4, range(1, 10));

  for (const query of ['', '&event=message', '&session=nobody']) {
    await using client = await follow(api, `?after=${idOf(2)}${query}`);
    const [gap] = await envelopesOf(client, 1);
    assert.deepEqual([gap?.event, gap?.session, gap?.payload], ['stream.gap', null, { from: idOf(2), to: gap?.id }]);
    if (query === '') assert.deepEqual(numbersOf(await envelopesOf(client, 5)), [7, 8, 9, 10]);
  }
  await using contiguous = await follow(api, `?after=${idOf(6)}`);
  assert.deepEqual(numbersOf(await envelopesOf(contiguous, 4)), [7, 8, 9, 10]);
});

test('a client that drops right behind the gap goes on with the oldest event that is kept, and hears of it once', async () => {
  await using api = await startApi();
  await publishInto(api, 4, range(1, 10));
  const first = await follow(api, '?event=message', { headers: { 'last-event-id': idOf(2) } });
  const [gap] = await first.until(1);
  await first[Symbol.asyncDispose]();

  await using second = await follow(api, '', { headers: { 'last-event-id': gap?.id ?? '' } });

  const envelopes = await envelopesOf(second, 4);
  assert.deepEqual(numbersOf(envelopes), [7, 8, 9, 10]);
  assert.ok(envelopes.every(({ id }) => id > (gap?.id ?? '')));
});

test('a position that the log has never reached is a gap, and everything that is there follows', async () => {
  await using api = await startApi();
  await publish(api, [1, 2]);

  await using client = await follow(api, `?after=${idOf(5000)}`);

  const [gap, ...others] = await envelopesOf(client, 3);
  assert.deepEqual([gap?.event, gap?.payload], ['stream.gap', { from: idOf(5000), to: gap?.id }]);
  assert.deepEqual(numbersOf(others), [1, 2]);
  await using resumed = await follow(api, `?after=${gap?.id}`);
  assert.deepEqual(numbersOf(await envelopesOf(resumed, 2)), [1, 2]);
});

test('a stream on which nothing happens shows that it lives, and moves its position past what is filtered', async () => {
  await using api = await startApi({ streamOptions: { heartbeatMs: 5 } });
  await using client = await follow(api, '?event=message');

  await client.untilThat(() => client.blocks.some(({ comment }) => comment !== undefined));
  await publish(api, [1, 2]);
  await client.untilThat(() => client.lastEventId === idOf(2));

  assert.deepEqual(client.events, []);
});

test('a HEAD request gets the headers and no stream', async () => {
  await using api = await startApi();

  const answer = await api.ask('HEAD /api/v1/events', { key: await api.key() });

  assert.deepEqual([answer.status, answer.headers.get('content-type'), answer.text], [200, 'text/event-stream', '']);
});

test('a log that cannot be read is 503 and opens no stream', async () => {
  const closed = openSqliteStore({ path: ':memory:' });
  await closed[Symbol.asyncDispose]();
  await using api = await startApi({ events: eventsOf(closed) });

  errorOf(await api.ask('GET /api/v1/events', { key: await api.key() }), 503, 'unavailable');
});
