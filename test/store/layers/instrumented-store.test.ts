import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noMetrics } from '../../../src/domain/metrics.ts';
import type { Commit, Key } from '../../../src/store/contract.ts';
import { instrumentedStore } from '../../../src/store/layers/instrumented-store.ts';
import { openBreakable } from '../support/breakable-store.ts';

const key: Key = ['acme', 'thing'];
const commit: Commit = { sets: [{ key, value: new Uint8Array([1]) }] };

test('each operation is measured with its duration and outcome; following a log is not', async () => {
  await using breakable = openBreakable();
  let time = 0;
  const told: unknown[] = [];
  const clock = () => {
    time += 5;
    return time;
  };
  const store = instrumentedStore(breakable.inner, { ...noMetrics, stored: (...facts) => told.push(facts) }, clock);

  await store.commit(commit);
  await store.get(key);
  await store.getMany([key]);
  await store.list(['acme'], { limit: 1 });
  await store.read(key, { limit: 1 });
  await store.tail(key);
  for await (const _ of store.follow(key, { signal: AbortSignal.abort() })) break;
  breakable.break();
  await assert.rejects(store.commit(commit));

  assert.deepEqual(
    told,
    ['commit', 'get', 'get', 'list', 'read', 'read', 'commit'].map((operation, index) => [
      operation,
      5,
      index < 6 ? 'done' : 'failed',
    ]),
  );
});
