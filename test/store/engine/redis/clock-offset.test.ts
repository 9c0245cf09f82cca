import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ClockOffset } from '../../../../src/store/engine/redis/clock-offset.ts';

/** A sample of a clock that is `offset` ahead, asked at `at`. */
function sampleOf({ at, there, back, offset }: Record<'at' | 'there' | 'back' | 'offset', number>) {
  return { sentAt: at, receivedAt: at + there + back, time: at + there + offset };
}

test('the offset is right up to half of the time that the quickest of the last minute’s answers took', () => {
  const wayMs = fc.nat({ max: 400 });
  fc.assert(
    fc.property(fc.array(fc.record({ there: wayMs, back: wayMs }), { minLength: 1, maxLength: 20 }), (ways) => {
      const offset = new ClockOffset();
      for (const [index, way] of ways.entries()) offset.learn(sampleOf({ at: index * 3_000, ...way, offset: 5_000 }));
      const quickestMs = Math.min(...ways.map(({ there, back }) => there + back));
      // A sample gives way to a slower one by as much as the clocks may have drifted apart since: 30 ms in a minute.
      assert.ok(Math.abs((offset.ms ?? 0) - 5_000) <= quickestMs / 2 + 30);
    }),
  );
});

test('a clock that was set is followed at once, forwards and back, also when the answer takes long', () => {
  for (const setTo of [-10_000, -600, 600, 10_000]) {
    const offset = new ClockOffset();
    offset.learn(sampleOf({ at: 0, there: 1, back: 1, offset: 0 }));

    offset.learn(sampleOf({ at: 1_000, there: 400, back: 200, offset: setTo }));

    assert.equal(offset.ms, setTo + 100);
  }
});

test('what is known for long gives way to a sample that takes longer', () => {
  const offset = new ClockOffset();
  offset.learn(sampleOf({ at: 0, there: 1, back: 1, offset: 0 }));
  offset.learn(sampleOf({ at: 1_000, there: 20, back: 0, offset: 0 }));
  assert.equal(offset.ms, 0);

  offset.learn(sampleOf({ at: 60_000, there: 20, back: 0, offset: 0 }));

  assert.equal(offset.ms, 10);
});
