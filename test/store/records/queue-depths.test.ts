import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QueueDepths } from '../../../src/store/records/outbox/queue-depths.ts';

/** Queues of sessions, counted and changed as a store would. */
function startQueues(maxIdle: number) {
  const stored = new Map<string, number>();
  const counted: string[] = [];
  const depths = new QueueDepths(
    async ({ session }) => {
      counted.push(session);
      return stored.get(session) ?? 0;
    },
    { writers: 'one', now: () => 0, maxIdle },
  );
  const enter = (session: string, before: Promise<void> = Promise.resolve()) =>
    depths.enter({ organization: 'acme', session }, 2, {
      run: async () => {
        await before;
        stored.set(session, (stored.get(session) ?? 0) + 1);
        return 'queued';
      },
      hasEntered: () => true,
    });
  return { counted, enter };
}

test('the depths of the queues that were used last are remembered, the others are counted again', async () => {
  const { counted, enter } = startQueues(2);

  for (const session of ['a', 'b', 'c', 'b', 'c', 'a']) assert.equal(await enter(session), 'queued');

  assert.deepEqual(counted, ['a', 'b', 'c', 'a']);
  assert.equal(await enter('a'), 'full');
});

test('the depth of a queue that is changing is kept, however many others are used at the same time', async () => {
  const { counted, enter } = startQueues(1);
  const gate = Promise.withResolvers<void>();
  const held = [enter('a', gate.promise), enter('a', gate.promise)];

  for (const session of ['b', 'c', 'd']) await enter(session);

  assert.equal(await enter('a'), 'full');
  gate.resolve();
  assert.deepEqual(await Promise.all(held), ['queued', 'queued']);
  assert.deepEqual(counted, ['a', 'b', 'c', 'd']);
});
