import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  emptyForMs,
  type Lane,
  type RateLimits,
  takeToken,
  takeWithDebt,
} from '../../../../src/actors/session/policy/token-bucket.ts';
import type { RateState } from '../../../../src/domain/rate.ts';

const limits: RateLimits = { ratePerMin: 20, rateBurst: 5, ratePerHour: 600 };
const minuteMs = 60_000;

/** A bucket with its clock: takes tokens and remembers when. */
class Bucket {
  readonly #limits: RateLimits;
  readonly taken: { at: number; lane: Lane }[] = [];
  state: RateState | null = null;
  now = 1_000_000;

  constructor(of: RateLimits = limits) {
    this.#limits = of;
  }

  /** Milliseconds to wait; 0 when a token was taken. */
  take(lane: Lane = 'sync'): number {
    const taken = takeToken(this.state, this.#limits, lane, this.now);
    this.state = taken.state;
    if (!taken.ok) return taken.waitMs;
    this.taken.push({ at: this.now, lane });
    return 0;
  }
}

test('a quiet session may send its burst at once, and then as fast as the minute allows', () => {
  const bucket = new Bucket();

  const waits = Array.from({ length: 6 }, () => bucket.take());

  assert.deepEqual(waits, [0, 0, 0, 0, 0, 3_000]);
});

test('the reported wait is exact: there is a token then, and not a millisecond before', () => {
  fc.assert(
    fc.property(
      fc.record({ ratePerMin: fc.integer({ min: 1, max: 1000 }), rateBurst: fc.integer({ min: 1, max: 50 }) }),
      fc.array(fc.nat({ max: 5_000 }), { maxLength: 60 }),
      (rates, pauses) => {
        const bucket = new Bucket({ ...rates, ratePerHour: 60_000 });
        for (const pause of pauses) {
          bucket.now += pause;
          bucket.take();
        }
        for (let waitMs = bucket.take(); waitMs === 0; waitMs = bucket.take());
        const waitMs = bucket.take();
        bucket.now += waitMs - 1;
        assert.notEqual(bucket.take(), 0);
        bucket.now += 1;
        assert.equal(bucket.take(), 0);
      },
    ),
  );
});

test('in any minute there are never more sends than the burst and the minute’s rate together', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ pause: fc.nat({ max: 4_000 }), lane: fc.constantFrom<Lane>('sync', 'async') }), {
        minLength: 50,
        maxLength: 400,
      }),
      (steps) => {
        const bucket = new Bucket();
        for (const { pause, lane } of steps) {
          bucket.now += pause;
          bucket.take(lane);
        }
        for (const { at } of bucket.taken) {
          const inWindow = bucket.taken.filter((other) => other.at >= at && other.at < at + minuteMs);
          assert.ok(inWindow.length <= limits.rateBurst + limits.ratePerMin);
        }
      },
    ),
  );
});

test('the hour’s bucket limits what the minute’s would allow', () => {
  const bucket = new Bucket({ ratePerMin: 60, rateBurst: 5, ratePerHour: 60 });
  let window: string | undefined;
  for (let second = 0; second < 600; second += 1) {
    const taken = takeToken(bucket.state, { ratePerMin: 60, rateBurst: 5, ratePerHour: 60 }, 'sync', bucket.now);
    bucket.state = taken.state;
    if (!taken.ok) window = taken.window;
    bucket.now += 1_000;
  }

  assert.equal(window, 'hour');
});

test('a clock that is set back fills nothing', () => {
  const bucket = new Bucket();
  for (let index = 0; index < 5; index += 1) bucket.take();

  bucket.now -= 10 * minuteMs;

  assert.notEqual(bucket.take(), 0);
});

test('a clock that goes back and forth by up to a minute fills nothing', () => {
  for (const backMs of [1, 1_000, 30_000, minuteMs]) {
    const bucket = new Bucket();
    for (let index = 0; index < 5; index += 1) bucket.take();

    for (let round = 0; round < 10; round += 1) {
      bucket.now -= backMs;
      bucket.take();
      bucket.now += backMs;
      assert.equal(bucket.take(), 3_000, `${backMs} ms`);
    }
  }
});

test('the reported wait is exact also for a clock that was set back', () => {
  fc.assert(
    fc.property(fc.nat({ max: 2 * minuteMs }), fc.constantFrom<Lane>('sync', 'async'), (backMs, lane) => {
      const bucket = new Bucket();
      for (let index = 0; index < 5; index += 1) bucket.take();
      bucket.now -= backMs;
      const waitMs = bucket.take(lane);
      bucket.now += waitMs - 1;
      assert.notEqual(bucket.take(lane), 0);
      bucket.now += 1;
      assert.equal(bucket.take(lane), 0);
    }),
  );
});

test('a clock that is set back by hours does not delay either lane for as long', () => {
  const bucket = new Bucket();
  for (let index = 0; index < 4; index += 1) bucket.take();
  bucket.now += 10 * minuteMs;
  bucket.take('async');
  bucket.now -= 600 * minuteMs;
  const before = bucket.taken.length;

  for (const end = bucket.now + 10 * minuteMs; bucket.now < end; bucket.now += 50) {
    bucket.take('async');
    bucket.take('sync');
  }

  const taken = bucket.taken.slice(before);
  const queued = taken.filter(({ lane }) => lane === 'async').length;
  assert.ok(taken.length >= 200, `${taken.length} sends in ten minutes`);
  assert.ok(queued >= taken.length / 5, `${queued} of ${taken.length}`);
});

test('a resend takes its token from the next ones', () => {
  const bucket = new Bucket();
  for (let index = 0; index < 5; index += 1) bucket.take();

  bucket.state = takeWithDebt(bucket.state, limits, bucket.now);

  assert.equal(emptyForMs(bucket.state, limits), 6_000);
});

test('with a full queue the sync lane at a quarter of the rate finds a token nearly always', () => {
  const bucket = new Bucket();
  const sync = { asked: 0, got: 0 };
  const end = bucket.now + 60 * minuteMs;
  let nextAsync = bucket.now;
  let nextSync = bucket.now + 12_000;
  while (bucket.now < end) {
    bucket.now = Math.min(nextAsync, nextSync);
    if (bucket.now === nextSync) {
      sync.asked += 1;
      if (bucket.take('sync') === 0) sync.got += 1;
      nextSync += 12_000;
    } else {
      nextAsync = bucket.now + Math.max(1, bucket.take('async'));
    }
  }

  assert.ok(sync.got / sync.asked >= 0.95, `${sync.got} of ${sync.asked}`);
  assert.ok(bucket.taken.length >= 0.95 * 600, `${bucket.taken.length} of the hour’s 600 were used`);
});

test('a sync lane that takes whatever it can leaves the async lane at least a third', () => {
  const bucket = new Bucket({ ratePerMin: 20, rateBurst: 5, ratePerHour: 60_000 });
  const end = bucket.now + 60 * minuteMs;
  let nextAsync = bucket.now;
  while (bucket.now < end) {
    if (bucket.now >= nextAsync) nextAsync = bucket.now + Math.max(1, bucket.take('async'));
    bucket.take('sync');
    bucket.now += 50;
  }

  const queued = bucket.taken.filter(({ lane }) => lane === 'async').length;
  assert.ok(queued / bucket.taken.length >= 1 / 3, `${queued} of ${bucket.taken.length}`);
});

test('with a burst of one, a sync send that was refused finds its token when it is retried, with a full queue or not', () => {
  const single: RateLimits = { ratePerMin: 60, rateBurst: 1, ratePerHour: 60_000 };
  let state: RateState | null = null;
  let heldUntil = 0;
  let now = 1_000_000;
  let queued = 0;
  const ask = (lane: Lane) => {
    const taken = takeToken(state, single, lane, now, heldUntil);
    state = taken.state;
    return taken.ok ? 0 : taken.waitMs;
  };
  const drainQueueFor = (ms: number) => {
    for (const end = now + ms; now < end; now += 50) queued += ask('async') === 0 ? 1 : 0;
  };

  for (let round = 0; round < 100; round += 1) {
    drainQueueFor(4_000);
    const waitMs = ask('sync');
    heldUntil = now + waitMs + 2_000;
    drainQueueFor(Math.ceil(waitMs / 1_000) * 1_000);
    if (waitMs > 0) assert.equal(ask('sync'), 0);
    heldUntil = 0;
  }

  assert.ok(queued >= 200, `${queued} of the queue were sent`);
});

test('sync sends that are refused again and again do not stop the queue', () => {
  const bucket = new Bucket();
  let queued = 0;
  for (const end = bucket.now + minuteMs; bucket.now < end; bucket.now += 100) {
    const taken = takeToken(bucket.state, limits, 'async', bucket.now, bucket.now + 60_000);
    bucket.state = taken.state;
    if (taken.ok) queued += 1;
  }

  assert.ok(queued >= 5, `${queued} in a minute`);
});
