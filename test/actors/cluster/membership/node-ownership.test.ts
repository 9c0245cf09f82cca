import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { NodeOwnership } from '../../../../src/actors/cluster/membership/node-ownership.ts';
import { type ScheduleTimer, systemClock, systemTimer } from '../../../../src/domain/clock.ts';
import type { GatewayStore } from '../../../../src/store/gateway-store.ts';
import { nodeLeases } from '../../../../src/store/records/cluster/node-leases.ts';
import { SealedFolder } from '../../../store/encryption/support.ts';
import { eventually } from '../../../support/eventually.ts';

const renewMs = 3_000;

test('a node acquires sessions while it has a lease, and none while it drains', async () => {
  using folder = new SealedFolder();
  await using store = await folder.open();
  const clock = systemClock(() => performance.now());
  const parts = { nodeId: 'one', clock, delay: systemTimer, random: Math.random, logger: pino({ level: 'silent' }) };
  const ownership = new NodeOwnership({ store, ...parts });
  const candidates = [ownership.candidate()];

  await ownership.membership.start();
  candidates.push(ownership.candidate());
  await ownership.membership.beginDraining();
  candidates.push(ownership.candidate());
  await ownership.membership.leave();

  assert.deepEqual(
    candidates.map((candidate) => candidate?.nodeId),
    [undefined, 'one', undefined],
  );
});

test('a node that begins to drain while its lease is renewed keeps its lease, and is seen to drain', async () => {
  using folder = new SealedFolder();
  await using store = await folder.open();
  const outcomes: string[] = [];
  for (let ticks = 0; ticks < 20; ticks += 1) outcomes.push(await drainDuringRenewal(store, ticks));

  assert.deepEqual(outcomes, Array(20).fill('draining'));
});

/** What the others see of a node that began to drain so many turns of the microtask queue after a renewal was due. */
async function drainDuringRenewal(store: GatewayStore, ticks: number): Promise<string> {
  const due = new Set<() => void>();
  const delay: ScheduleTimer = (ms, run) => {
    if (ms > renewMs) return () => undefined;
    due.add(run);
    return () => void due.delete(run);
  };
  const errors: string[] = [];
  const logger = pino({ level: 'error' }, { write: (line) => void errors.push(line) });
  const clock = systemClock(() => performance.now());
  const { membership } = new NodeOwnership({ store, nodeId: 'one', clock, delay, random: Math.random, logger });
  const { incarnation } = membership;
  await membership.start();
  for (const renew of due) renew();
  for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve();
  await membership.beginDraining();
  await eventually(() => assert.equal(due.size, 1));
  const self = (await nodeLeases(store).living()).find((node) => node.incarnation === incarnation);
  await membership.leave();
  return errors.length > 0 ? 'lost' : (self?.state ?? 'gone');
}
