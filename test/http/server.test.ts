import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, get, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { done } from '../../src/domain/errors.ts';
import { startServer } from '../../src/http/server.ts';
import { freePort } from '../support/redis/port.ts';
import { exchange, startApi } from './support/api.ts';

const text = { to: '6281234567890@s.whatsapp.net', type: 'text', text: 'hello' };

/** An api with one send that has reached the registry and waits there for `finish`. */
async function waitingSend(closeTimeoutMs?: number) {
  const api = await startApi(closeTimeoutMs === undefined ? {} : { closeTimeoutMs });
  const [key, session] = [await api.key(), await api.linkedSession()];
  const arrived = Promise.withResolvers<void>();
  const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
  api.sends.whatsapp = async () => {
    arrived.resolve();
    await finished;
    return done('sent');
  };
  const answer = api.ask(`POST /api/v1/sessions/${session}/messages`, { key, json: text });
  // Whoever does not care how it ends must not be told by the process.
  answer.catch(() => undefined);
  await arrived.promise;
  return { api, answer, finish };
}

test('port 0 is replaced by the real one in the url, and a port in use is an error', async () => {
  await using api = await startApi();
  const { port } = new URL(api.url);

  assert.ok(Number(port) > 0);
  const app = { handle: () => undefined, drain: () => undefined };
  await assert.rejects(startServer({ app, host: '127.0.0.1', port: Number(port) }), { code: 'EADDRINUSE' });

  for (const choice of ['chosen by the system', 'given']) {
    test(`a start that is interrupted while the host is looked up listens to nothing, on a port ${choice}`, async () => {
      const app = { handle: () => undefined, drain: () => undefined };
      const interruption = new AbortController();
      const reason = new Error('interrupted');
      const free = choice === 'given' ? await freePort() : 0;
      const listenersBefore = listeningSockets();

      const starting = startServer({ app, host: 'localhost', port: free, signal: interruption.signal });
      interruption.abort(reason);

      await assert.rejects(starting, (error) => error === reason);
      assert.equal(listeningSockets(), listenersBefore);
    });
  }

  function listeningSockets(): number {
    return process.getActiveResourcesInfo().filter((kind) => kind === 'TCPServerWrap').length;
  }
});

test('closing waits for a running request, tells its connection to end, and accepts nothing new', async () => {
  const { api, answer, finish } = await waitingSend();
  await using _ = api;

  const closing = api.close();
  assert.equal(closing, api.close());
  await assert.rejects(api.ask('GET /livez'));
  finish();

  const { status, headers } = await answer;
  assert.deepEqual([status, headers.get('connection')], [200, 'close']);
  await closing;
});

test('closing does not wait for idle connections, used or never used', async () => {
  await using api = await startApi();
  const agent = new Agent({ keepAlive: true });
  const [response] = await once(get(`${api.url}/livez`, { agent }), 'response');
  response.resume();
  await once(response, 'end');
  const silent = connect(Number(new URL(api.url).port), '127.0.0.1');
  await once(silent, 'connect');
  // The server has surely seen the silent connection once it has answered a later one.
  await api.ask('GET /livez');

  await Promise.all([api.close(), once(silent, 'close')]);

  agent.destroy();
});

test('before it closes it answers for a while, on kept connections too, and keeps none', async () => {
  await using api = await startApi({ lameDuckMs: 200 });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const asked = async (): Promise<IncomingMessage> => {
    const [response] = await once(get(`${api.url}/livez`, { agent }), 'response');
    response.resume();
    await once(response, 'end');
    return response;
  };
  assert.equal((await asked()).headers.connection, 'keep-alive');

  const closing = api.close();
  const answers = [await asked(), await asked()];

  assert.deepEqual(
    answers.map(({ statusCode, headers }) => [statusCode, headers.connection]),
    [
      [200, 'close'],
      [200, 'close'],
    ],
  );
  await closing;
  await assert.rejects(asked(), { code: 'ECONNREFUSED' });
});

test('closing does not cut off an answer that is still being written', async () => {
  const answered = Promise.withResolvers<void>();
  const bytes = 16 * 1024 * 1024;
  const handle = (_: IncomingMessage, response: ServerResponse): void => {
    response.end(Buffer.alloc(bytes));
    answered.resolve();
  };
  const server = await startServer({ app: { handle, drain: () => undefined }, host: '127.0.0.1', port: 0 });
  const reader = get(server.url);
  const [response] = await once(reader, 'response');
  await answered.promise;

  const closing = server.close();
  let read = 0;
  for await (const chunk of response) read += chunk.length;

  assert.equal(read, bytes);
  await closing;
});

test('at the deadline running requests are cut off', async () => {
  const { api, answer, finish } = await waitingSend(1);
  await using _ = api;

  await api.close();

  await assert.rejects(answer);
  finish();
  assert.deepEqual(api.log.faults, []);
});

test('what is not HTTP is answered in JSON and closed', async () => {
  await using api = await startApi();
  const header = `X-Long: ${'x'.repeat(70_000)}`;

  for (const [status, bytes] of [
    [400, 'nonsense\r\n\r\n'],
    [431, `GET /livez HTTP/1.1\r\nHost: x\r\n${header}\r\n\r\n`],
  ] as const) {
    const received = await exchange(api.url, bytes);
    assert.match(received, new RegExp(`^HTTP/1\\.1 ${status} .*\\{"error":\\{"code":"validation_error",`, 's'));
    assert.match(received, /X-Content-Type-Options: nosniff\r\n/);
  }
  assert.equal((await api.ask('GET /livez')).status, 200);
});

test('a request without a host is 400 in JSON, and one with an expectation is answered like any other', async () => {
  await using api = await startApi();

  const hostless = await exchange(api.url, 'GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n');
  const expecting = await exchange(
    api.url,
    'GET /livez HTTP/1.1\r\nHost: x\r\nExpect: tea\r\nConnection: close\r\n\r\n',
  );

  assert.match(hostless, /^HTTP\/1\.1 400 .*"field":"Host"/s);
  assert.match(hostless, /X-Request-Id: /);
  assert.match(expecting, /^HTTP\/1\.1 200 /);
});

test('request targets of every form are answered', async () => {
  await using api = await startApi();
  const statusOf = async (target: string) => {
    const received = await exchange(api.url, `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    return Number(/^HTTP\/1\.1 (\d+)/.exec(received)?.[1]);
  };

  for (const odd of ['*', 'http://[', 'http://x:99999/livez', '//livez', '/\\livez', '/livez#x', '/%', '/livez/%c0']) {
    assert.equal(await statusOf(odd), 404, odd);
  }
  assert.equal(await statusOf('/livez?%zz=%'), 200);
});
