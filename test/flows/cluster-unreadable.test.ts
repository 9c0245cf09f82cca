import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { readConfig } from '../../src/config.ts';
import { openStore } from '../../src/store/open-store.ts';
import { startClusterBed } from '../support/gateway/in-process-cluster.ts';

const phones = ['491700000001', '491700000002', '491700000003', '491700000004'];

test('in a cluster what a node cannot read of one session keeps it from no other one', async () => {
  const MASTER_KEY = randomBytes(32).toString('hex');
  await using bed = await startClusterBed({ MASTER_KEY });
  const first = await bed.start('first');
  const before = await bed.client(first);
  const sessions: string[] = [];
  for (const phone of phones) sessions.push(await before.linked(bed.simulator, phone));
  const [newer = '', ownerless = '', ...whole] = sessions;
  await first.close();
  {
    await using store = await openStore(readConfig({ REDIS_URL: bed.redis.url, MASTER_KEY }), { as: 'visitor' });
    const stored = await store.get(['acme', 'session', newer]);
    const record = { ...JSON.parse(Buffer.from(stored?.value ?? []).toString()), resting: { status: 'hibernating' } };
    await store.commit({
      sets: [
        { key: ['acme', 'session', newer], value: Buffer.from(JSON.stringify(record)) },
        { key: ['acme', 'owner', ownerless], value: Buffer.from('[]') },
      ],
    });
  }

  const after = await bed.client(await bed.start('second'));

  for (const session of [ownerless, ...whole]) await after.until(session, 'connected');
  const { status, reason, nodeId } = await after.session(newer);
  assert.deepEqual([status, reason, nodeId], ['failed', 'record_unreadable', null]);
  assert.equal((await after.call('POST', `/sessions/${newer}:start`)).status, 503);
});
