import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Frame } from '../../../src/actors/inspection/frame.ts';
import { FrameBuffer } from '../../../src/actors/inspection/subscriber.ts';

const frame: Frame = {
  type: '@xstate.event',
  sessionId: 'a/x:0',
  rootId: 'a/x:0',
  createdAt: '0',
  id: null,
  _version: '0',
  event: { type: 'session.start' },
};

test('frames that arrived before the first read are read together, and iteration ends after the last one', async () => {
  const queue = new FrameBuffer(() => assert.fail('nobody is too slow'));
  queue.frame(frame);
  queue.frame(frame);
  queue.end();

  assert.deepEqual(await Array.fromAsync(queue), [[frame, frame]]);
});

test('a reader that waits gets a frame when it arrives', async () => {
  const queue = new FrameBuffer(() => assert.fail('nobody is too slow'));
  const reading = Array.fromAsync(queue);
  await Promise.resolve();
  queue.frame(frame);
  await Promise.resolve();
  queue.end();

  assert.deepEqual(await reading, [[frame]]);
});

test('a reader that is too slow overruns once, and no more frames are buffered for it', async () => {
  let overruns = 0;
  const queue = new FrameBuffer(() => {
    overruns += 1;
  });
  for (let count = 0; count < 5_000; count += 1) queue.frame(frame);

  assert.equal(overruns, 1);
  assert.deepEqual(await Array.fromAsync(queue), []);
});
