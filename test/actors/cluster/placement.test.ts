import assert from 'node:assert/strict';
import { it } from 'node:test';
import { pino } from 'pino';
import { Membership } from '../../../src/actors/cluster/membership/membership.ts';
import { OwnedSessions } from '../../../src/actors/cluster/membership/owned-sessions.ts';
import { Placement } from '../../../src/actors/cluster/placement.ts';
import type { ScheduleTimer } from '../../../src/domain/clock.ts';
import { nodeLeases } from '../../../src/store/records/cluster/node-leases.ts';
import type { OwnerEntry } from '../../../src/store/records/cluster/session-owners.ts';
import { eventually } from '../../support/eventually.ts';
import { openMemoryStore } from '../../support/store/memory-store.ts';

/** Time that advances only by hand; timers fire at once. */
function quickTime() {
  const time = { nowMs: 0, waits: [] as number[] };
  const delay: ScheduleTimer = (ms, run) => {
    time.waits.push(ms);
    const timer = setImmediate(run);
    return () => clearImmediate(timer);
  };
  return { time, delay, clock: { now: () => time.nowMs, after: delay } };
}

function ownedBy(incarnation: string): OwnerEntry {
  return { owner: { incarnation, nodeId: 'a', epoch: 1, heir: null, at: 0 }, version: 'version' };
}

it('scans again soon when acquiring sessions took long', { timeout: 10_000 }, async () => {
  await using store = await openMemoryStore();
  const { time, delay, clock } = quickTime();
  const lasting: ScheduleTimer = () => () => undefined;
  const ownedSessions = new OwnedSessions({ incarnation: () => membership.incarnation, onLost: () => undefined });
  const options = { nodeId: 'a', clock, delay: lasting, random: () => 0, logger: pino({ level: 'silent' }) };
  const membership = new Membership({
    ...{ ...options, publicKey: '', nodes: nodeLeases(store) },
    ...{ sessions: () => 0, onLost: () => undefined },
  });
  await membership.start();
  const addresses = Array.from({ length: 25 }, (_, index) => ({ organization: 'acme', session: `session ${index}` }));
  const placement = new Placement({
    ...options,
    ...{ membership, ownedSessions, delay },
    sessions: {
      addresses: async function* () {
        yield* addresses;
      },
    },
    owners: {
      findMany: async (asked) =>
        asked.map((address) => (ownedSessions.stateOf(address) === 'owned' ? ownedBy(membership.incarnation) : null)),
    },
    acquire: async (address) => {
      time.nowMs += 100;
      ownedSessions.add(address, 'version', membership.incarnation);
      return 'connecting';
    },
    leastActive: () => null,
    handOver: async () => undefined,
    onDeleted: () => undefined,
    now: () => time.nowMs,
  });

  placement.start();
  try {
    await eventually(() => assert.equal(ownedSessions.size, addresses.length), 5_000);
  } finally {
    await placement.end();
  }

  assert(time.waits.length >= 3);
  assert(
    time.waits.slice(1).every((ms) => ms === 1_000),
    `it waited ${time.waits.join(', ')} ms`,
  );
});
