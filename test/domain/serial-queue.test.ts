import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeyedSerialQueue, SerialQueue } from '../../src/domain/serial-queue.ts';

test('work runs one piece at a time, in the order in which it was added, also after a failure', async () => {
  const queue = new SerialQueue();
  const gate = Promise.withResolvers<void>();
  const seen: string[] = [];
  const first = queue.run(async () => {
    seen.push('first begins');
    await gate.promise;
    seen.push('first ends');
    throw new Error('first fails');
  });
  const second = queue.run(async () => {
    seen.push('second');
    return 2;
  });

  assert.equal(queue.isIdle, false);
  gate.resolve();
  await assert.rejects(first, /first fails/);
  assert.equal(await second, 2);
  await queue.settled();

  assert.deepEqual(seen, ['first begins', 'first ends', 'second']);
  assert.equal(queue.isIdle, true);
});

test('only work of the same key waits', async () => {
  const queue = new KeyedSerialQueue();
  const gate = Promise.withResolvers<void>();
  const blocked = queue.run('a', () => gate.promise);
  const behind = queue.run('a', async () => 'a');

  assert.equal(await queue.run('b', async () => 'b'), 'b');
  gate.resolve();
  await queue.settled('a');

  assert.equal(await behind, 'a');
  await blocked;
});
