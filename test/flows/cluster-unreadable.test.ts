import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startCluster } from '../support/gateway/cluster.ts';
import { inProcess } from '../support/gateway/launcher.ts';

const phones = ['491700000001', '491700000002', '491700000003', '491700000004'];

test('in a cluster what a node cannot read of one session keeps it from no other one', async () => {
  await using cluster = await startCluster(inProcess());
  const first = await cluster.start('first');
  const sessions: string[] = [];
  for (const phone of phones) sessions.push(await first.client.linked(cluster.simulator, phone));
  const [newer = '', ownerless = '', ...whole] = sessions;
  await first.gateway.close();
  {
    await using store = await cluster.openStore();
    const stored = await store.get(['acme', 'session', newer]);
    const record = { ...JSON.parse(Buffer.from(stored?.value ?? []).toString()), resting: { status: 'hibernating' } };
    await store.commit({
      sets: [
        { key: ['acme', 'session', newer], value: Buffer.from(JSON.stringify(record)) },
        { key: ['acme', 'owner', ownerless], value: Buffer.from('[]') },
      ],
    });
  }

  const { client: after } = await cluster.start('second');

  for (const session of [ownerless, ...whole]) await after.until(session, 'connected');
  const { status, reason, nodeId } = await after.session(newer);
  assert.deepEqual([status, reason, nodeId], ['failed', 'record_unreadable', null]);
  assert.equal((await after.call('POST', `/sessions/${newer}:start`)).status, 503);
});
