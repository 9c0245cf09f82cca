import assert from 'node:assert/strict';
import { eventually } from '../../../support/eventually.ts';
import type { BalancedCluster } from '../../support/cluster.ts';
import { isDrained, scanSends } from './store-scan.ts';
import type { Verdicts } from './verdicts.ts';

const drainWithinMs = 300_000;

/** Judges whether nothing is left to be sent, in the store itself, and whether what is there agrees. */
export async function judgeDrained(world: BalancedCluster, verdicts: Verdicts): Promise<void> {
  await using store = await world.openStore();
  await eventually(async () => assert.ok(await isDrained(store), 'sends are left'), drainWithinMs);
  const scan = await scanSends(store);
  verdicts.judge('everything drains', scan.rows > 0, `${scan.rows} sends in the store`);
  verdicts.judge('the records of sends agree', scan.faults.length === 0, scan.faults.slice(0, 3).join(', '));
}
