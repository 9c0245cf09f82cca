import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { pino } from 'pino';
import { newSessionId } from '../../../src/domain/ids.ts';
import { LoadShedder } from '../../../src/http/load-shedding/load-shedder.ts';

const stop = `/api/v1/sessions/${newSessionId()}:stop`;

/** A server that sheds every request it may shed; callers of `/livez` become known. */
async function guarded() {
  let shed = 0;
  const onShed = () => {
    shed += 1;
  };
  const loadShedder = new LoadShedder({
    logger: pino({ level: 'silent' }),
    scheduler: { sliceMs: -1, maxWaitMs: -1 },
    onShed,
  });
  const server = createServer((request, response) => {
    loadShedder.handle(request, response, () => {
      if (request.url === '/livez') loadShedder.callerCache.remember(request, 'acme');
      response.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    loadShedder,
    shed: () => shed,
    status: async (target: string, authorization?: string) => {
      const [method = '', path = ''] = target.split(' ');
      const headers = authorization === undefined ? {} : { authorization };
      return (await fetch(`http://127.0.0.1:${port}${path}`, { method, headers })).status;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

test('an organization that was authenticated before can always stop and log out its sessions', async () => {
  await using server = await guarded();
  assert.equal(await server.status(`POST ${stop}`, 'Bearer wa_x'), 503);
  await server.status('GET /livez', 'Bearer wa_x');

  assert.equal(await server.status(`POST ${stop}`, 'Bearer wa_x'), 200);
  assert.equal(await server.status(`POST ${stop}`, 'bearer   wa_x'), 200);
  assert.equal(await server.status(`POST ${stop.replace('stop', 'logout')}?now`, 'Bearer wa_x'), 200);
});

test('requests that only resemble stopping a session are shed, and so are unknown callers', async () => {
  await using server = await guarded();
  await server.status('GET /livez', 'Bearer wa_x');

  for (const target of [
    `GET ${stop}`,
    'POST /x:stop',
    'POST /api/v1/sessions/x:stop',
    `POST ${stop.replace(':', '/messages:')}`,
    `POST ${stop.replace('stop', 'start')}`,
  ]) {
    assert.equal(await server.status(target, 'Bearer wa_x'), 503, target);
  }
  assert.equal(await server.status(`POST ${stop}`, 'Bearer wa_y'), 503);
  assert.equal(await server.status(`POST ${stop}`), 503);
});

test('probes are served, and each request that is shed is reported', async () => {
  await using server = await guarded();

  for (const path of ['/livez', '/readyz', '/metrics']) assert.equal(await server.status(`GET ${path}`), 200);
  assert.equal(server.shed(), 0);
  for (const path of ['/livez/', '/metrics/x']) assert.equal(await server.status(`GET ${path}`), 503);
  assert.equal(server.shed(), 2);
});

test('every request is served while the gateway drains', async () => {
  await using server = await guarded();
  server.loadShedder.drain();

  assert.equal(await server.status('GET /anything'), 200);
});
