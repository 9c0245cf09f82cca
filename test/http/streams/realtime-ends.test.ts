import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { exchange, startApi } from '../support/api.ts';
import { errorOf } from '../support/envelope.ts';
import { realtime, refusalOf, ticketFor } from '../support/realtime.ts';
import { follow, numbersOf, publish, range } from '../support/streams.ts';

/** More than two sockets hold for a reader that does not read. */
const large = { ballast: 'x'.repeat(256 * 1024) };
const many = range(1, 100);

test('frames from the client are not looked at, and one that is too large ends the connection', async () => {
  await using api = await startApi();
  await using client = await realtime(api);

  for (const data of ['x', '{"subscribe":1}', Buffer.alloc(4096)]) client.socket.send(data);
  await publish(api, [1]);
  assert.deepEqual(numbersOf(await client.until(1)), [1]);
  client.socket.send(Buffer.alloc(4097));

  assert.equal((await client.closed).code, 1009);
});

test('a client that does not answer a ping is cut, one that does stays', async () => {
  await using api = await startApi({ streamOptions: { pingMs: 250 } });
  await using silent = await realtime(api, { autoPong: false });
  await using living = await realtime(api);

  assert.equal((await silent.closed).code, 1006);
  await once(living.socket, 'ping');
  await once(living.socket, 'ping');
  await publish(api, [1]);

  assert.deepEqual(numbersOf(await living.until(1)), [1]);
});

test('a reader that takes nothing is closed with 1013 and logged by name, and the others get everything', async () => {
  await using api = await startApi({ streamOptions: { slowReaderTimeoutMs: 400, closeTimeoutMs: 20_000 } });
  await using stalled = await realtime(api);
  await using reading = await realtime(api);
  stalled.socket.pause();

  await publish(api, many, large);
  assert.deepEqual(numbersOf(await reading.until(many.length)), many);
  const [line] = await api.log.until('event stream ended');
  stalled.socket.resume();

  assert.deepEqual(await stalled.closed, { code: 1013, reason: 'slow_reader' });
  assert.deepEqual([line?.level, line?.['reason']], [40, 'slow_reader']);
});

test('a reader that resets its connection while it makes no room has left, and is no fault of ours', async () => {
  await using api = await startApi();
  await using stalled = await realtime(api);
  await using reading = await realtime(api);
  stalled.socket.pause();
  await publish(api, many, large);
  await reading.until(many.length);

  stalled.socket.terminate();

  const lines = await api.log.until('request', 3);
  assert.equal(lines.at(-1)?.route, 'openRealtime');
  assert.deepEqual(
    api.log.lines.filter(({ level }) => level > 30),
    [],
  );
});

test('a frame that is too large right behind the handshake ends the connection and nothing else', async () => {
  await using api = await startApi();
  const { ticket } = await ticketFor(api);
  const head = `GET /api/v1/realtime?ticket=${ticket} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket`;
  const handshake = `${head}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`;
  const frame = Buffer.concat([Buffer.from([0x82, 0xfe, 0xff, 0xff, 0, 0, 0, 0]), Buffer.alloc(0xffff)]);
  const closing = Buffer.from([0x88, 0x80, 0, 0, 0, 0]);

  const received = await exchange(api.url, `${handshake}${frame.toString('latin1')}${closing.toString('latin1')}`);

  assert.match(received, /^HTTP\/1\.1 101 /);
  const close = received.indexOf('\r\n\r\n\x88') + 4;
  assert.equal(Buffer.from(received.slice(close + 2), 'latin1').readUInt16BE(), 1009);
  assert.deepEqual(api.log.faults, []);
});

test('closing the server closes with 1001 and does not wait for who does not read', async () => {
  await using api = await startApi({ closeTimeoutMs: 600_000, streamOptions: { closeTimeoutMs: 50 } });
  await using client = await realtime(api);
  await using stalled = await realtime(api);
  stalled.socket.pause();
  await publish(api, many, large);
  await client.until(many.length);

  await api.close();

  assert.deepEqual(await client.closed, { code: 1001, reason: 'shutdown' });
  stalled.socket.resume();
  await stalled.closed;
});

test('WebSockets and event streams are counted together', async () => {
  await using api = await startApi({ streamOptions: { maxPerOrganization: 2 } });
  await using _client = await realtime(api);
  await using _stream = await follow(api);

  const { status, body } = await refusalOf(api, `?ticket=${(await ticketFor(api)).ticket}`);

  assert.equal(status, 429);
  assert.match(body, /"code":"queue_full"/);
});

test('a WebSocket is one line in the log, with status 101 and without its ticket', async () => {
  await using api = await startApi();
  const client = await realtime(api);

  await client[Symbol.asyncDispose]();

  const [, line] = await api.log.until('request', 2);
  assert.deepEqual(
    [line?.route, line?.status, line?.organization, line?.aborted],
    ['openRealtime', 101, 'acme', undefined],
  );
  assert.doesNotMatch(JSON.stringify(api.log.lines), /ticket=/);
});

test('an upgrade to anything else is left aside, and one on another path is an ordinary request', async () => {
  await using api = await startApi();
  const key = await api.key();
  const body = '{"label":"x"}';
  const upgrades = ['h2c', 'websocket'];

  for (const upgrade of upgrades) {
    const headers = `Host: x\r\nx-api-key: ${key}\r\nConnection: Upgrade, close\r\nUpgrade: ${upgrade}\r\n`;
    const created = await exchange(
      api.url,
      `POST /api/v1/sessions HTTP/1.1\r\n${headers}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    assert.match(created, /^HTTP\/1\.1 201 /);
    assert.match(await exchange(api.url, `GET /api/v1/sessions HTTP/1.1\r\n${headers}\r\n`), /^HTTP\/1\.1 200 /);
    assert.match(await exchange(api.url, `GET /nothing HTTP/1.1\r\n${headers}\r\n`), /^HTTP\/1\.1 404 /);
  }
});

test('an upgrade behind a request that is still being answered ends the connection and nothing else', async () => {
  await using api = await startApi();
  const [key, session] = [await api.key(), await api.linkedSession()];
  const { promise: never } = Promise.withResolvers<never>();
  api.sends.whatsapp = () => never;
  const body = JSON.stringify({ to: '6281234567890@s.whatsapp.net', type: 'text', text: 'x' });
  const headers = `Host: x\r\nx-api-key: ${key}\r\n`;
  const slow = `POST /api/v1/sessions/${session}/messages HTTP/1.1\r\n${headers}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const upgrade = `GET /api/v1/realtime HTTP/1.1\r\n${headers}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;

  assert.equal(await exchange(api.url, slow + upgrade), '');

  assert.equal((await api.ask('GET /livez')).status, 200);
  assert.deepEqual(api.log.faults, []);
  errorOf(await api.ask('GET /api/v1/realtime'), 401, 'unauthorized');
});

test('a client that resets its connection in the middle of the handshake harms nobody', async () => {
  await using api = await startApi();
  const { ticket } = await ticketFor(api);
  const { hostname, port } = new URL(api.url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.write(
    `GET /api/v1/realtime?ticket=${ticket} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
  );
  socket.resetAndDestroy();

  await api.log.until('request', 2);

  assert.deepEqual(api.log.faults, []);
  assert.equal((await api.ask('GET /livez')).status, 200);
});
