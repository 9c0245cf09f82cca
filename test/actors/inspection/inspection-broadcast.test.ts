import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Frame } from '../../../src/actors/inspection/frame.ts';
import { InspectionBroadcast } from '../../../src/actors/inspection/inspection-broadcast.ts';

function frameOf(id: string): Frame {
  const about = { sessionId: id, rootId: id, createdAt: '0', id: null, _version: '0' };
  return { type: '@xstate.actor', ...about, name: id, snapshot: { status: 'active' } };
}

/** A broadcast of frames that the test emits, and how many followers its view has. */
function stage() {
  const followers = new Set<(frame: Frame) => void>();
  const broadcast = new InspectionBroadcast({
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
  return { broadcast, followers, happen };
}

function subscriber() {
  const frames: Frame[] = [];
  let state: 'open' | 'ended' = 'open';
  const end = (): void => {
    state = 'ended';
  };
  return { frame: (frame: Frame) => frames.push(frame), end, frames, state: () => state };
}

test('a frame is made once, however many subscribers there are', () => {
  const { broadcast, followers, happen } = stage();
  const [one, other] = [subscriber(), subscriber()];
  broadcast.add(one);
  broadcast.add(other);

  happen('first');

  assert.equal(followers.size, 1);
  assert.deepEqual(
    one.frames.map(({ sessionId }) => sessionId),
    ['present', 'first'],
  );
  assert.equal(one.frames[1], other.frames[1]);
});

test('nothing is followed before the first subscriber and after the last one', () => {
  const { broadcast, followers, happen } = stage();
  assert.equal(followers.size, 0);
  const [one, other] = [subscriber(), subscriber()];
  const leaveFirst = broadcast.add(one);
  const leaveSecond = broadcast.add(other);

  leaveFirst();
  happen('second');
  leaveSecond();

  assert.equal(followers.size, 0);
  assert.deepEqual([one.frames.length, other.frames.length], [1, 2]);
});

test('subscribers are ended with the broadcast', () => {
  const { broadcast, followers } = stage();
  const one = subscriber();
  broadcast.add(one);

  broadcast.end();

  assert.equal(one.state(), 'ended');
  assert.equal(followers.size, 0);
});
