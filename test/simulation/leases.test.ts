import assert from 'node:assert/strict';
import { test } from 'node:test';
import { playLeases } from './leases.ts';

const seeds = 1_000;

test(`no session has two owners, and no fence falls, in ${seeds} schedules of claims, pauses and faults`, async () => {
  let [takeovers, fenced] = [0, 0];
  for (let seed = 1; seed <= seeds; seed += 1) {
    const played = await playLeases(seed);
    assert.deepEqual(played.faults, [], `seed ${seed}`);
    takeovers += played.takeovers;
    fenced += played.fenced;
  }

  assert.ok(takeovers > 2 * seeds, `${takeovers} sessions came to a node`);
  assert.ok(fenced > seeds, `${fenced} writes were refused`);
});
