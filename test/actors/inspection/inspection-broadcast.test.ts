import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Frame } from '../../../src/actors/inspection/frame.ts';
import { InspectionBroadcast } from '../../../src/actors/inspection/inspection-broadcast.ts';

function frameOf(id: string): Frame {
  const about = { sessionId: id, rootId: id, createdAt: '0', id: null, _version: '0' };
  return { type: '@xstate.actor', ...about, name: id, snapshot: { status: 'active' } };
}

/** An audience of something that does what it is told, and how many follow it. */
function stage() {
  const followers = new Set<(frame: Frame) => void>();
  const audience = new InspectionBroadcast({
    present: () => [frameOf('present')],
    follow: (onFrame) => {
      followers.add(onFrame);
      return () => followers.delete(onFrame);
    },
  });
  const happen = (id: string): void => {
    const frame = frameOf(id);
    for (const onFrame of followers) onFrame(frame);
  };
  return { audience, followers, happen };
}

function watcher() {
  const frames: Frame[] = [];
  let state: 'open' | 'ended' = 'open';
  const end = (): void => {
    state = 'ended';
  };
  return { frame: (frame: Frame) => frames.push(frame), end, frames, state: () => state };
}

test('a frame is made once, however many watch', () => {
  const { audience, followers, happen } = stage();
  const [one, other] = [watcher(), watcher()];
  audience.add(one);
  audience.add(other);

  happen('first');

  assert.equal(followers.size, 1);
  assert.deepEqual(
    one.frames.map(({ sessionId }) => sessionId),
    ['present', 'first'],
  );
  assert.equal(one.frames[1], other.frames[1]);
});

test('nothing is followed before somebody watches, nor when the last one has left', () => {
  const { audience, followers, happen } = stage();
  assert.equal(followers.size, 0);
  const [one, other] = [watcher(), watcher()];
  const leaveFirst = audience.add(one);
  const leaveSecond = audience.add(other);

  leaveFirst();
  happen('second');
  leaveSecond();

  assert.equal(followers.size, 0);
  assert.deepEqual([one.frames.length, other.frames.length], [1, 2]);
});

test('who watches is told when there is nothing more to see', () => {
  const { audience, followers } = stage();
  const one = watcher();
  audience.add(one);

  audience.end();

  assert.equal(one.state(), 'ended');
  assert.equal(followers.size, 0);
});
