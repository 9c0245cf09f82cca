import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { systemClock } from '../../../src/actors/clock.ts';
import { Tenure } from '../../../src/actors/cluster/tenure.ts';
import { systemDelay } from '../../../src/domain/delay.ts';
import { SealedFolder } from '../../store/seal/support.ts';

test('a node takes sessions while it has a lease, and none once it is about to end', async () => {
  using folder = new SealedFolder();
  await using store = await folder.open();
  const clock = systemClock(() => performance.now());
  const parts = { nodeId: 'one', clock, delay: systemDelay, random: Math.random, logger: pino({ level: 'silent' }) };
  const tenure = new Tenure({ store, ...parts });
  const claimants = [tenure.claimant()];

  await tenure.membership.start();
  claimants.push(tenure.claimant());
  await tenure.membership.beginDraining();
  claimants.push(tenure.claimant());
  await tenure.membership.leave();

  assert.deepEqual(
    claimants.map((claimant) => claimant?.nodeId),
    [undefined, 'one', undefined],
  );
});
