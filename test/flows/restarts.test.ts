import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { silenceConsole } from '../../simulator/quiet-console.ts';
import { loggerTo } from '../../src/logger.ts';
import { phoneOf, startWorld } from '../faults/support/world.ts';
import type { Client } from '../support/gateway/client.ts';
import { startTestBed, type TestBed } from '../support/gateway/gateway.ts';
import { assertUnbroken, StatusStream } from './support/status-stream.ts';

// libsignal, inside the simulator, prints sessions to it.
silenceConsole();

const LineSchema = v.looseObject({ level: v.number(), msg: v.string() });
const StateSchema = v.object({
  id: v.string(),
  status: v.string(),
  statusSince: v.number(),
  reason: v.nullable(v.string()),
  nextAttemptAt: v.nullable(v.number()),
});

/** How the sessions of an organization are, by its API. */
async function statesOf(client: Client): Promise<v.InferOutput<typeof StateSchema>[]> {
  const answer = await client.call('GET', '/sessions');
  return v.parse(v.object({ data: v.array(StateSchema) }), answer.body).data;
}

/** Links a number and has its session rest; `fail` has WhatsApp end each connection that follows a start. */
async function resting(bed: TestBed, client: Client, phone: string, status: string, fail: () => Promise<void> | void) {
  const session = await client.linked(bed.simulator, phone);
  await client.call('POST', `/sessions/${session}:stop`);
  if (status === 'stopped') return session;
  await fail();
  await client.call('POST', `/sessions/${session}:start`);
  await client.until(session, status);
  return session;
}

/** A session for each place where one can rest, by the reason. */
async function restEverywhere(bed: TestBed, client: Client): Promise<Record<string, string>> {
  const { simulator } = bed;
  const refuse = (phone: string, code: 401 | 402 | 405 | 411) => () => {
    simulator.faults.add({
      kind: 'login-failure',
      code,
      account: phone,
      times: 1,
      ...(code === 402 && { expire: 3_600 }),
    });
  };
  const rest = (number: number, status: string, code: 401 | 402 | 405 | 411 = 401) =>
    resting(bed, client, phoneOf(number), status, refuse(phoneOf(number), code));
  const replaced = await client.linked(simulator, phoneOf(0));
  const sessions = {
    replaced,
    stopped: await rest(1, 'stopped'),
    logged_out: await rest(2, 'logged_out', 401),
    temporarily_banned: await rest(3, 'failed', 402),
    multi_device_mismatch: await rest(4, 'failed', 411),
    // From now on nobody logs in.
    client_outdated: await rest(5, 'failed', 405),
  };
  // It tries again after half a minute.
  simulator.disconnect(phoneOf(0), { streamError: 440 });
  await client.until(replaced, 'failed');
  return sessions;
}

test('a session at rest is unchanged by a restart: no event is published, and nothing is logged', async () => {
  const lines: v.InferOutput<typeof LineSchema>[] = [];
  const log = loggerTo({ write: (line: string) => void lines.push(v.parse(LineSchema, JSON.parse(line))) }, 'trace');
  await using bed = await startTestBed({}, log);
  const client = await bed.client();
  await using stream = await StatusStream.open(bed.gateway.url, client.token);
  const sessions = await restEverywhere(bed, client);
  const { stopped = '', ...others } = sessions;
  const before = await statesOf(client);
  assert.deepEqual(new Set(before.map(({ status }) => status)), new Set(['stopped', 'logged_out', 'failed']));
  const told = Object.values(others).map((session) => stream.of(session).length);
  lines.splice(0);

  await bed.restart();

  assert.deepEqual(await statesOf(client), before);
  const logged = lines.filter(({ level, msg }) => level >= 50 || msg === 'session status').map(({ msg }) => msg);
  // Of the process, and not of a session.
  const ofProcess =
    'WhatsApp refuses this version of the client: update Troupe; one session tries again every 10 minutes';
  assert.deepEqual(logged, [ofProcess]);
  await stream.resume(bed.gateway.url);
  // Events are in order: once this one is read, so are all before it.
  await client.call('POST', `/sessions/${stopped}:logout`);
  await stream.untilThat(() => stream.of(stopped).at(-1)?.status === 'logged_out');
  assert.deepEqual(
    Object.values(others).map((session) => stream.of(session).length),
    told,
  );
  for (const session of Object.values(sessions)) assertUnbroken(stream.of(session));
});

test('the events of a running session continue from those before a restart, and before a kill', async () => {
  await using world = await startWorld();
  const { client, simulator } = world;
  let gateway = await world.start();
  await using stream = await StatusStream.open(gateway.url, client.token);
  const session = await client.linked(simulator, phoneOf(0));
  await stream.untilThat(() => stream.of(session).at(-1)?.status === 'connected');

  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const count = stream.of(session).length;
    await gateway.end(signal);
    gateway = await world.start();
    await stream.resume(gateway.url);
    await stream.untilThat(
      () => stream.of(session).length > count && stream.of(session).at(-1)?.status === 'connected',
    );
  }

  assertUnbroken(stream.of(session));
});
