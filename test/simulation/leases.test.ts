import assert from 'node:assert/strict';
import { test } from 'node:test';
import { playLeases } from './leases.ts';

/** As many as every test run has time for; `.ci/run` plays 10,000 with `npm run simulate`. */
const seeds = 250;

test(`no session has two owners, no fence falls and no lease is given up early, in ${seeds} schedules`, async () => {
  let [takeovers, fenced, drains] = [0, 0, 0];
  for (let seed = 1; seed <= seeds; seed += 1) {
    const played = await playLeases(seed);
    assert.deepEqual(played.faults, [], `seed ${seed}`);
    takeovers += played.takeovers;
    fenced += played.fenced;
    drains += played.drains;
  }

  assert.ok(takeovers > 2 * seeds, `${takeovers} sessions came to a node`);
  assert.ok(fenced > seeds, `${fenced} writes were refused`);
  assert.ok(drains > seeds, `${drains} nodes began to drain`);
});
