import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { Handover, type HandoverDeps } from '../../../src/actors/cluster/handover.ts';
import { NodeOwnership } from '../../../src/actors/cluster/membership/node-ownership.ts';
import { type ScheduleTimer, systemTimer } from '../../../src/domain/clock.ts';
import { GatewayError } from '../../../src/domain/errors.ts';
import type { GatewayStore } from '../../../src/store/gateway-store.ts';
import { type Node, nodeLeases } from '../../../src/store/records/cluster/node-leases.ts';
import { sessionOwners as ownersOf } from '../../../src/store/records/cluster/session-owners.ts';
import { sessions } from '../../../src/store/records/sessions/sessions.ts';
import { SealedFolder } from '../../store/encryption/support.ts';

const address = { organization: 'acme', session: 'S1' };
const successor: Node = { incarnation: 'life-2', nodeId: 'two', state: 'running', sessions: 0 };

/** A node that owns a session; its timers fire early, and its clock advances as if they had not. */
async function startOwner(store: GatewayStore, also: Partial<HandoverDeps> = {}) {
  let now = 0;
  const warnings: unknown[] = [];
  const delay: ScheduleTimer = (ms, run) =>
    systemTimer(Math.min(ms, 10), () => {
      now += ms;
      run();
    });
  const parts = {
    clock: { now: () => now, after: delay },
    delay,
    logger: pino({ level: 'warn' }, { write: (line) => void warnings.push(JSON.parse(line).msg) }),
  };
  // Its lease is renewed only when it drains.
  const still: ScheduleTimer = () => () => undefined;
  const ownership = new NodeOwnership({ store, nodeId: 'one', random: Math.random, ...parts, delay: still });
  const owners = ownersOf(store, Date.now);
  await ownership.membership.start();
  const self = { incarnation: ownership.membership.incarnation, nodeId: 'one' };
  const version = await owners.acquire(address, null, self);
  assert.ok(version !== null);
  ownership.ownedSessions.add(address, version, self.incarnation);
  const handover = new Handover({
    ...{ ownership, owners, store, sessions: sessions(store), ...parts },
    supervisor: { find: () => undefined, dismiss: () => undefined, bring: async () => true },
    recorder: { recorded: async () => undefined },
    offer: () => undefined,
    ...also,
  });
  const owner = async () => (await owners.find(address))?.owner;
  return { handover, ownership, owner, warnings, now: () => now };
}

/** Lets calls of the store fail, each as often as it says. */
function failing(store: GatewayStore, times: { commit?: number; list?: number }): void {
  const left = { commit: 0, list: 0, ...times };
  const fail = (call: 'commit' | 'list'): void => {
    left[call] -= 1;
    if (left[call] >= 0) throw new GatewayError({ code: 'unavailable', message: 'no answer' });
  };
  const [commit, list] = [store.commit.bind(store), store.list.bind(store)];
  Object.assign(store, {
    commit: async (...args: Parameters<typeof commit>) => {
      fail('commit');
      return commit(...args);
    },
    list: async (...args: Parameters<typeof list>) => {
      fail('list');
      return list(...args);
    },
  });
}

test('a session is handed over although the store delays its inbound events', async () => {
  using folder = new SealedFolder();
  await using store = await folder.open();
  const never = Promise.withResolvers<void>();
  const { handover, ownership, owner } = await startOwner(store, { recorder: { recorded: () => never.promise } });

  await handover.handOver(address, null);

  assert.equal((await owner())?.incarnation, null);
  assert.equal(ownership.ownedSessions.stateOf(address), 'none');
});

for (const times of [{ commit: 2 }, { list: 2 }, { commit: 1, list: 1 }]) {
  test(`a node that shuts down finds a successor although the store fails for a moment: ${JSON.stringify(times)}`, async () => {
    using folder = new SealedFolder();
    await using store = await folder.open();
    const { handover, owner, ownership } = await startOwner(store);
    await nodeLeases(store).join(successor);
    failing(store, times);

    await handover.handOverAll();

    assert.equal((await owner())?.heir, successor.incarnation);
    assert.equal((await nodeLeases(store).living()).find(({ nodeId }) => nodeId === 'one')?.state, 'draining');
    assert.equal(ownership.ownedSessions.size, 0);
  });
}

test('a node that shuts down while the store does not answer releases its sessions in the end, and logs that', async () => {
  using folder = new SealedFolder();
  await using store = await folder.open();
  const { handover, ownership, owner, warnings, now } = await startOwner(store);
  await nodeLeases(store).join(successor);
  failing(store, { list: 1_000 });

  await handover.handOverAll();

  assert.deepEqual(warnings, ['other nodes could not be looked up; all sessions are released at once']);
  assert.equal((await owner())?.incarnation, null);
  assert.equal((await owner())?.heir, null);
  assert.equal(ownership.ownedSessions.size, 0);
  assert.ok(now() >= 3_000 && now() < 5_000, `${now()} ms`);
});
