import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventId } from '../../../src/domain/event.ts';
import { exchange, startApi } from '../support/api.ts';
import { errorOf, issuesOf } from '../support/envelope.ts';
import { payloads } from '../support/payloads.ts';
import { RealtimeClient, realtime, refusalOf, ticketFor } from '../support/realtime.ts';
import { numbersOf, publish, publishInto, range } from '../support/streams.ts';

const path = '/api/v1/realtime';
const idOf = (number: number) => eventId(1_700_000_000_000 + number, String(number).padStart(16, '0'));
const handshake = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n';

test('a ticket opens a WebSocket with one frame for each event from now on', async () => {
  await using api = await startApi();
  await publish(api, [1]);
  await using client = await realtime(api);

  await publish(api, [2, 3], { session: 'x' });

  const [first, second] = await client.until(2);
  assert.deepEqual(first, {
    schema: 'v1',
    id: idOf(2),
    event: 'message.status',
    session: 'x',
    organization: 'acme',
    timestamp: 1_700_000_000_002,
    payload: payloads['message.status'],
  });
  assert.equal(second?.id, idOf(3));
});

test('a ticket works once and for thirty seconds', async () => {
  let time = 1_700_000_000_000;
  await using api = await startApi({ now: () => time });
  const [used, old, fresh] = [await ticketFor(api), await ticketFor(api), await ticketFor(api)];
  assert.equal(used.expiresAt, time + 30_000);
  await using client = new RealtimeClient(`${api.url}${path}?ticket=${used.ticket}`);
  await new Promise((resolve) => client.socket.once('open', resolve));

  time += 29_999;
  await using late = new RealtimeClient(`${api.url}${path}?ticket=${fresh.ticket}`);
  await new Promise((resolve) => late.socket.once('open', resolve));
  time += 1;

  const bodies = new Set<string>();
  for (const query of [
    '',
    '?ticket=',
    '?ticket=x',
    `?ticket=${used.ticket}`,
    `?ticket=${old.ticket}`,
    '?ticket=a&ticket=b',
  ]) {
    const { status, body, headers } = await refusalOf(api, query);
    assert.equal(status, 401, query);
    assert.match(String(headers['content-type']), /^application\/json/);
    bodies.add(body);
  }
  assert.deepEqual([...bodies], ['{"error":{"code":"unauthorized","message":"the ticket is not valid","details":{}}}']);
});

test('of two who come with one ticket at once only one gets in', async () => {
  await using api = await startApi();
  const { ticket } = await ticketFor(api);
  const clients = range(1, 10).map(() => new RealtimeClient(`${api.url}${path}?ticket=${ticket}`));

  const opened = await Promise.all(
    clients.map(
      ({ socket }) =>
        new Promise((resolve) => {
          socket.once('open', () => resolve(true)).once('close', () => resolve(false));
        }),
    ),
  );

  assert.equal(opened.filter(Boolean).length, 1);
  for (const client of clients) await client[Symbol.asyncDispose]();
});

test('the ticket has the organization, the capabilities and the filters that it was issued with', async () => {
  await using api = await startApi();
  const manager = await api.key({ capabilities: ['read', 'manage'] });
  const filters = { sessions: ['a'], events: ['auth.qr', 'message'] };
  await using reading = await realtime(api, { filters });
  await using managing = await realtime(api, { filters, key: manager });

  await publish(api, [1], { session: 'a', event: 'auth.qr' });
  await publish(api, [2], { session: 'b', event: 'message' });
  await publish(api, [3], { session: 'a', event: 'message.status' });
  await publish(api, [4], { session: 'a', event: 'message', organization: 'globex' });
  await publish(api, [5], { session: 'a', event: 'message' });

  assert.deepEqual(numbersOf(await reading.until(1)), [5]);
  assert.deepEqual(numbersOf(await managing.until(2)), [1, 5]);
});

test('a wrong filter is 400 and named', async () => {
  await using api = await startApi();
  const key = await api.key();
  const faults = [
    [{ sessions: 'a' }, 'sessions'],
    [{ sessions: [] }, 'sessions'],
    [{ sessions: [''] }, 'sessions.0'],
    [{ sessions: range(1, 101).map(String) }, 'sessions'],
    [{ events: ['message', 'nothing'] }, 'events.1'],
    [{ events: [] }, 'events'],
    [{ event: ['message'] }, 'event'],
  ] as const;

  for (const [json, field] of faults) issuesOf(await api.ask(`POST ${path}/ticket`, { key, json }), field);
  const answer = await api.ask(`POST ${path}/ticket`, { key });
  assert.deepEqual([answer.status, answer.headers.get('cache-control')], [201, 'no-store']);
});

test('a WebSocket goes on behind since, and a hole is told', async () => {
  await using api = await startApi();
  await publishInto(api, 4, range(1, 10));
  await using contiguous = await realtime(api, { since: idOf(8) });
  await using holed = await realtime(api, { since: idOf(2), filters: { events: ['message.status'] } });

  assert.deepEqual(numbersOf(await contiguous.until(2)), [9, 10]);
  const [gap, ...others] = await holed.until(5);
  assert.deepEqual([gap?.event, gap?.payload], ['stream.gap', { from: idOf(2), to: gap?.id }]);
  assert.deepEqual(numbersOf(others), [7, 8, 9, 10]);
});

test('a malformed since and an unknown parameter are 400 before the upgrade', async () => {
  await using api = await startApi();
  const faults = [
    ['&since=', 'since'],
    ['&since=evt_1', 'since'],
    [`&since=${idOf(1)}&since=${idOf(1)}`, 'since'],
    [`&after=${idOf(1)}`, 'after'],
  ];

  for (const [query, field] of faults) {
    const { status, body } = await refusalOf(api, `?ticket=${(await ticketFor(api)).ticket}${query}`);
    assert.equal(status, 400);
    assert.match(body, new RegExp(`"code":"validation_error".*"field":"${field}"`));
  }
});

test('what asks for no WebSocket, or not in the right way, is 400', async () => {
  await using api = await startApi();

  const plain = await api.ask(`GET ${path}?ticket=${(await ticketFor(api)).ticket}`);
  issuesOf(plain, 'Upgrade');
  errorOf(await api.ask(`GET ${path}`), 401, 'unauthorized');
  for (const [header, value] of [
    ['Sec-WebSocket-Key', 'x'],
    ['X-None', 'x'],
  ]) {
    const head = `GET ${path}?ticket=${(await ticketFor(api)).ticket} HTTP/1.1\r\nHost: x\r\n${handshake}`;
    const received = await exchange(api.url, `${head}${header}: ${value}\r\n\r\n`);
    assert.match(received, /^HTTP\/1\.1 400 .*"field":"Upgrade"/s);
    assert.match(received, /Connection: close/i);
    assert.match(received, /Sec-WebSocket-Version: 13\r\n/i);
  }
});

test('a ticket is used up by the WebSocket that it opens, and by no request that is refused before', async () => {
  await using api = await startApi();
  const { ticket } = await ticketFor(api);
  const key = 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n';
  const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
  const ask = (query: string, head: string) =>
    exchange(api.url, `GET ${path}?ticket=${ticket}${query} HTTP/1.1\r\nHost: x\r\n${head}\r\n`);

  assert.match(await ask('', `${upgrade}${key}Sec-WebSocket-Version: 12\r\n`), /^HTTP\/1\.1 400 /);
  assert.match(await ask('', `${handshake}Sec-WebSocket-Key: x\r\n`), /^HTTP\/1\.1 400 /);
  assert.match(await ask('&since=x', `${handshake}${key}`), /^HTTP\/1\.1 400 /);
  assert.equal((await api.ask(`GET ${path}?ticket=${ticket}`)).status, 400);

  await using client = new RealtimeClient(`${api.url}${path}?ticket=${ticket}`);
  const outcome = await new Promise((resolve) => {
    client.socket.once('open', () => resolve('open')).once('close', () => resolve('closed'));
  });
  assert.equal(outcome, 'open');
  assert.equal((await refusalOf(api, `?ticket=${ticket}`)).status, 401);
});
