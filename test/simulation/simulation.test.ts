import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simulate } from './run.ts';

/** As many as every test run has time for; `.ci/run` plays 500 with `npm run simulate`. */
const seeds = 12;

test(`whatever fails, no send is lost, sent twice unmarked or answered untruly, in ${seeds} seeds`, async () => {
  for (let seed = 1; seed <= seeds; seed += 1) {
    const run = await simulate(seed);
    const again = `npm run simulate -- --seeds 1 --from ${seed} --verbose`;
    assert.deepEqual(run.violations, [], `${again}\n${run.last.join('\n')}`);
  }
});

test('the same seed is the same run, another seed another one', async () => {
  const first = await simulate(7);
  const again = await simulate(7);
  const other = await simulate(8);

  assert.equal(again.digest, first.digest);
  assert.deepEqual([again.steps, again.virtualMs], [first.steps, first.virtualMs]);
  assert.notEqual(other.digest, first.digest);
});
