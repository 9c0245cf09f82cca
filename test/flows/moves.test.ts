import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { silenceConsole } from '../../simulator/quiet-console.ts';
import { startProcessCluster } from '../faults/support/cluster.ts';
import { linkAll } from '../faults/support/world.ts';
import { eventually } from '../support/eventually.ts';
import type { Client } from '../support/gateway/client.ts';
import { assertUnbroken, StatusStream } from './support/status-stream.ts';

// libsignal, inside the simulator, prints sessions to it.
silenceConsole();

const StateSchema = v.object({ status: v.string(), statusSince: v.number(), nodeId: v.nullable(v.string()) });

/** Longer than a lease runs, and the logins after it. */
const movedWithinMs = 60_000;

async function stateOf(client: Client, session: string): Promise<v.InferOutput<typeof StateSchema>> {
  return v.parse(StateSchema, await client.session(session));
}

test('what a session was seen doing goes with it to another node, handed over or left behind by a kill', async () => {
  await using nodes = await startProcessCluster();
  const first = await nodes.start('first');
  const [running = '', stopped = '', unlinked = ''] = await linkAll({ ...nodes, client: first.client }, 3);
  await first.client.call('POST', `/sessions/${stopped}:stop`);
  await first.client.call('POST', `/sessions/${unlinked}:logout`);
  const resting = [stopped, unlinked];
  const since = async (client: Client) =>
    Promise.all(resting.map(async (session) => (await stateOf(client, session)).statusSince));
  const before = await since(first.client);
  await using stream = await StatusStream.open(first.url, first.client.token);
  await first.client.call('POST', `/sessions/${running}:stop`);
  await first.client.call('POST', `/sessions/${running}:start`);
  await stream.untilThat(() => stream.of(running).at(-1)?.status === 'connected');

  const connects = () => stream.of(running).filter(({ status }) => status === 'connected').length;
  let owner = first;
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const count = connects();
    const next = await nodes.start(`after-${signal}`);
    await stream.resume(next.url);
    await owner.gateway.end(signal);
    owner = next;
    await eventually(async () => {
      assert.deepEqual(await since(next.client), before);
      for (const session of [running, ...resting]) {
        assert.equal((await stateOf(next.client, session)).nodeId, next.name);
      }
      assert.equal((await stateOf(next.client, running)).status, 'connected');
    }, movedWithinMs);
    await stream.untilThat(() => connects() > count);
  }

  assert.deepEqual(await since(owner.client), before);
  assert.deepEqual(
    resting.flatMap((session) => stream.of(session)),
    [],
  );
  assertUnbroken(stream.of(running));
});
