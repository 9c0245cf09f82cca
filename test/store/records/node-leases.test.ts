import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Store } from '../../../src/store/contract.ts';
import { type Node, nodeLeases } from '../../../src/store/records/cluster/node-leases.ts';
import { openBreakable } from '../support/breakable-store.ts';

const self: Node = { incarnation: 'life-1', nodeId: 'one', state: 'running', sessions: 0 };

/** A store on which something happens after each of the first `times` reads and before the write that follows it. */
function interrupted(store: Store, times: number, happen: () => Promise<unknown>): Parameters<typeof nodeLeases>[0] {
  let left = times;
  return {
    get: async (key) => {
      const entry = await store.get(key);
      left -= 1;
      if (left >= 0) await happen();
      return entry;
    },
    list: (prefix, options) => store.list(prefix, options),
    commit: (changes) => store.commit(changes),
  };
}

test('a lease is renewed although an earlier renewal, whose answer was lost, takes effect during this one', async () => {
  await using breakable = openBreakable();
  const { store } = breakable;
  const earlier = nodeLeases(store);
  await earlier.join(self);
  const { renew } = nodeLeases(interrupted(store, 1, () => earlier.renew(self)));

  assert.equal(await renew({ ...self, state: 'draining' }), true);

  assert.deepEqual(
    (await earlier.living()).map(({ state }) => state),
    ['draining'],
  );
});

test('a renewal that is overtaken again and again counts as failed, not as the end of the lease', async () => {
  await using breakable = openBreakable();
  const { store } = breakable;
  const earlier = nodeLeases(store);
  await earlier.join(self);
  const { renew } = nodeLeases(interrupted(store, 100, () => earlier.renew(self)));

  await assert.rejects(renew(self), /too often/);
});

test('a lease that runs out while it is renewed is not renewed', async () => {
  await using breakable = openBreakable();
  const { store } = breakable;
  const own = nodeLeases(store);
  await own.join(self);
  const { renew } = nodeLeases(interrupted(store, 1, () => own.leave(self)));

  assert.equal(await renew(self), false);

  assert.deepEqual(await own.living(), []);
});
