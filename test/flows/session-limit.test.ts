import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import type { Answer, Client } from '../support/gateway/client.ts';
import { startCluster } from '../support/gateway/cluster.ts';
import { startTestBed } from '../support/gateway/gateway.ts';
import { inProcess } from '../support/gateway/launcher.ts';

const settings = { MAX_SESSIONS_PER_ORGANIZATION: '7' };

const SessionSchema = v.looseObject({ id: v.string() });
const RefusalSchema = v.looseObject({
  error: v.looseObject({ code: v.string(), message: v.string(), details: v.record(v.string(), v.unknown()) }),
});

/** Answers to 50 creations at once, shared out among the clients. */
function create(...clients: readonly [Client, ...Client[]]): Promise<Answer[]> {
  return Promise.all(
    Array.from({ length: 50 }, (_, at) => (clients[at % clients.length] ?? clients[0]).call('POST', '/sessions', {})),
  );
}

function judge(answers: readonly Answer[]): void {
  assert.equal(answers.filter(({ status }) => status === 201).length, 7);
  const refusals = answers.filter(({ status }) => status === 409).map(({ body }) => v.parse(RefusalSchema, body).error);
  assert.equal(refusals.length, 43);
  assert.equal(refusals[0]?.code, 'conflict');
  assert.match(refusals[0]?.message ?? '', /delete one/);
  assert.deepEqual(refusals[0]?.details, { reason: 'too_many_sessions', limit: 7 });
}

test('of 50 sessions created at once an organization gets as many as it may have', async () => {
  await using bed = await startTestBed(settings);
  const client = await bed.client();

  judge(await create(client));
  const [first] = v.parse(
    v.looseObject({ data: v.array(SessionSchema) }),
    (await client.call('GET', '/sessions')).body,
  ).data;
  assert.equal((await client.call('DELETE', `/sessions/${first?.id}`)).status, 204);

  assert.equal((await client.call('POST', '/sessions', {})).status, 201);
  assert.equal((await client.call('POST', '/sessions', {})).status, 409);
});

test('of 50 sessions created at once on two nodes an organization gets as many as it may have', async () => {
  await using cluster = await startCluster(inProcess(), { settings });
  const nodes = await Promise.all([cluster.start('first'), cluster.start('second')]);
  const [here, there] = nodes.map(({ client }) => client);
  assert.ok(here !== undefined && there !== undefined);

  judge(await create(here, there));
});
