import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import * as v from 'valibot';
import { readConfig } from '../../src/config.ts';
import { newSessionId } from '../../src/domain/ids.ts';
import { defaultSettings, type SessionRecord } from '../../src/domain/session.ts';
import { openStore } from '../../src/store/open-store.ts';
import { credentials } from '../../src/store/records/sessions/credentials.ts';
import { sessions } from '../../src/store/records/sessions/sessions.ts';
import { ChildProgram } from '../store/support/child-program.ts';
import { eventually } from '../support/eventually.ts';
import type { Client } from '../support/gateway/client.ts';
import { organization, recipient, to } from '../support/gateway/environment.ts';
import { launchGateway } from '../support/gateway/gateway-process.ts';
import { temporaryDataDirectory } from '../support/store/data-directory.ts';
import { startWorld } from './support/world.ts';

/** How long the end of a start may take on a machine that is busy; without a way to interrupt it takes 10 s or more. */
const promptMs = 5_000;

/** A server of 127.0.0.1 that does this to whoever connects. */
async function listening(onConnection: (socket: Socket) => void) {
  const open = new Set<Socket>();
  const server: Server = createServer((socket) => {
    open.add(socket.on('error', () => undefined));
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert(address !== null && typeof address === 'object');
  return {
    server,
    port: String(address.port),
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

function newSession(account: SessionRecord['account'] = null): SessionRecord {
  return {
    ...{ id: newSessionId(), organization, createdBy: 'test', settings: defaultSettings, account },
    ...{ resting: null, lastConnectedAt: null, createdAt: 0, updatedAt: 0 },
  };
}

async function endsPromptly(gateway: ReturnType<typeof launchGateway>, signal: NodeJS.Signals): Promise<void> {
  const signalledAt = performance.now();
  assert.equal(await gateway.end(signal), 0, gateway.output());
  const tookMs = performance.now() - signalledAt;
  assert(tookMs < promptMs, `${tookMs} ms`);
  assert.match(gateway.output(), new RegExp(`"signal":"${signal}".*start interrupted`));
  assert.doesNotMatch(gateway.output(), /gateway started|did not start|unexpected/);
}

for (const [redis, signal, onConnection] of [
  ['accepts and never answers', 'SIGTERM', () => undefined],
  ['closes every connection', 'SIGINT', (socket: Socket) => socket.destroy()],
] as const) {
  test(`${signal} ends a gateway that waits for a Redis that ${redis}`, async () => {
    await using server = await listening(onConnection);
    const connected = once(server.server, 'connection');
    const gateway = launchGateway({ REDIS_URL: `redis://127.0.0.1:${server.port}`, MASTER_KEY: 'ab'.repeat(32) });
    await connected;

    await endsPromptly(gateway, signal);
  });
}

test('a signal ends a gateway whose Redis has a port where nobody listens', async () => {
  const gateway = launchGateway({ REDIS_URL: 'redis://127.0.0.1:9', MASTER_KEY: 'ab'.repeat(32) });
  await gateway.logged(/gateway is starting/);

  await endsPromptly(gateway, 'SIGTERM');
});

test('a signal ends the restoring of many sessions midway, and the next start has all of them and what they sent', async () => {
  const count = 600;
  await using world = await startWorld();
  const first = await world.start();
  const session = await world.client.linked(world.simulator, '491700000001');
  await world.client.call('POST', `/sessions/${session}:stop`);
  await world.client.until(session, 'stopped');
  const sends = ['one', 'two', 'three'];
  for (const text of sends) {
    const path = `/sessions/${session}/messages?async=true`;
    assert.equal((await world.client.call('POST', path, { to, type: 'text', text })).status, 202);
  }
  assert.equal(await first.end('SIGTERM'), 0);
  const { dataDir, ...place } = readConfig({ DATA_DIR: world.directory.path });
  const settings = { WHATSAPP_URL: world.simulator.url, WHATSAPP_ROOT_KEY: world.simulator.rootKey, DATA_DIR: dataDir };
  await using store = await openStore({ ...place, dataDir }, { as: 'visitor' });
  await sessions(store).update({ organization, session }, (record) => ({ ...record, resting: null }));
  const many = sessions(store, { maxPerOrganization: count + 1 });
  for (let made = 0; made < count; made += 1) await many.create(newSession());
  await store[Symbol.asyncDispose]();

  const interrupted = launchGateway(settings);
  await interrupted.logged(/session status/);
  await endsPromptly(interrupted, 'SIGTERM');
  const restored = interrupted.output().match(/"previous":"stopped".*"session status"/g) ?? [];
  await world.start();

  assert(restored.length > 0 && restored.length < count, `${restored.length} of ${count} were restored`);
  await eventually(() => {
    const deliveries = world.simulator.ledger.deliveries({ to: recipient, device: 0 });
    assert.deepEqual(
      deliveries.map(({ text }) => text),
      sends,
    );
  });
  assert.equal(await sessionCount(world.client), count + 1);
});

const SessionPageSchema = v.looseObject({ data: v.array(v.unknown()), nextCursor: v.nullable(v.string()) });

async function sessionCount(client: Client): Promise<number> {
  let found = 0;
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { body } = await client.call('GET', `/sessions?limit=100${cursor === '' ? '' : `&cursor=${cursor}`}`);
    const page = v.parse(SessionPageSchema, body);
    found += page.data.length;
    cursor = page.nextCursor;
  }
  return found;
}

/** What a gateway that cannot start says; rejects if its process does not end by itself. */
async function failsToStart(settings: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const { HOST = '127.0.0.1', ...rest } = settings;
  using child = new ChildProgram(join(import.meta.dirname, 'failed-start.ts'), [
    JSON.stringify({ HOST, PORT: '0', ...rest }),
  ]);
  const ending = await Promise.race([
    child.ended(),
    pause(2 * promptMs, 'something is left that runs', { ref: false }),
  ]);
  return [...child.lines, ending];
}

test('a port that is taken undoes the start: nothing runs, and the data directory is free', async () => {
  await using directory = await temporaryDataDirectory();
  await using taken = await listening(() => undefined);
  await using issuer = await listening(() => undefined);
  const settings = { DATA_DIR: directory.path, JWKS_URL: `http://127.0.0.1:${issuer.port}/keys` };
  const other = { METRICS_PORT: '0' };

  const api = await failsToStart({ ...settings, ...other, PORT: taken.port });
  const metrics = await failsToStart({ ...settings, METRICS_PORT: taken.port });

  assert.deepEqual(api, ['EADDRINUSE', 'free', 'exit 0']);
  assert.deepEqual(metrics, ['EADDRINUSE', 'free', 'exit 0']);
});

test('sessions that cannot be restored undo the start, those that connect already included', async () => {
  await using world = await startWorld();
  const first = await world.start();
  await world.client.linked(world.simulator, '491700000001');
  await first.end('SIGTERM');
  const config = readConfig({ DATA_DIR: world.directory.path });
  const stuck = newSession();
  await using store = await openStore(config, { as: 'visitor' });
  await sessions(store).create(stuck);
  // Its account must be written down from its credentials before it can live, and that is what fails.
  const identity = await credentials(store).create({ organization, session: stuck.id });
  await identity.save('{}', { jid: '491700000009@s.whatsapp.net', lid: null, phone: '491700000009' });
  await store[Symbol.asyncDispose]();
  {
    using database = new DatabaseSync(config.storePath);
    database.exec(`CREATE TRIGGER broken BEFORE INSERT ON entries WHEN instr(NEW.key, CAST('${stuck.id}' AS BLOB)) > 0
      BEGIN SELECT RAISE(ABORT, 'broken'); END`);
  }

  const { url: WHATSAPP_URL, rootKey: WHATSAPP_ROOT_KEY } = world.simulator;
  const said = await failsToStart({ DATA_DIR: world.directory.path, WHATSAPP_URL, WHATSAPP_ROOT_KEY });

  assert.match(said[0] ?? '', /broken|cannot|unavailable|Error/);
  assert.deepEqual(said.slice(1), ['free', 'exit 0']);
  assert.deepEqual(world.simulator.connections(), []);
});
