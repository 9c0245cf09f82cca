import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError } from '../../../src/domain/errors.ts';
import { ConcurrencyLimit, type LimitScope } from '../../../src/http/load-shedding/concurrency-limit.ts';
import { RateLimiter } from '../../../src/http/load-shedding/rate-limiter.ts';

test('a caller has a burst of two seconds, and then so many requests a second', () => {
  let now = 0;
  const limit = new RateLimiter({ perSecond: 10, now: () => now });
  const take = (count: number) =>
    Array.from({ length: count }, () => limit.take('one')).filter((wait) => wait === 0).length;

  assert.equal(take(30), 20);
  now += 1_000;
  assert.equal(take(30), 10);
  now += 60_000;
  assert.equal(take(30), 20);
});

test('the time that is told is the time after which a request is let in', () => {
  let now = 0;
  const limit = new RateLimiter({ perSecond: 3, now: () => now });
  while (limit.take('one') === 0);
  const waitMs = limit.take('one');

  now += waitMs - 1;
  assert.notEqual(limit.take('one'), 0);
  now += 1;
  assert.equal(limit.take('one'), 0);
});

test('callers do not take from each other', () => {
  const limit = new RateLimiter({ perSecond: 1, now: () => 0 });
  while (limit.take('one') === 0);

  assert.equal(limit.take('other'), 0);
});

const places = (session: string, organization = 'acme'): LimitScope[] => [
  { kind: 'organization', id: organization },
  { kind: 'session', id: session },
];

const codeOf = (enter: () => unknown): string | null => {
  try {
    enter();
    return null;
  } catch (error) {
    return error instanceof GatewayError ? error.refusal.code : 'another error';
  }
};

test('a session has 200 requests in flight, and a place is free once one is answered', () => {
  const inFlight = new ConcurrencyLimit();
  const entered = Array.from({ length: 200 }, () => inFlight.enter(places('one')));

  assert.equal(
    codeOf(() => inFlight.enter(places('one'))),
    'too_many_requests',
  );
  assert.equal(
    codeOf(() => inFlight.enter(places('other'))),
    null,
  );
  entered[0]?.[Symbol.dispose]();
  assert.equal(
    codeOf(() => inFlight.enter(places('one'))),
    null,
  );
});

test('an organization has 1,000 requests in flight, others then still have theirs, and all of them 3,000', () => {
  const inFlight = new ConcurrencyLimit();
  const fill = (organization: string) => {
    for (let count = 0; count < 1_000; count += 1)
      inFlight.enter(places(`${organization} ${count % 10}`, organization));
  };

  fill('acme');
  assert.equal(
    codeOf(() => inFlight.enter(places('one more'))),
    'too_many_requests',
  );
  fill('globex');
  fill('initech');
  assert.equal(
    codeOf(() => inFlight.enter(places('one', 'umbrella'))),
    'unavailable',
  );
});

test('a request that is refused takes no place', () => {
  const inFlight = new ConcurrencyLimit();
  for (let count = 0; count < 200; count += 1) inFlight.enter(places('one'));
  for (let count = 0; count < 2_000; count += 1) codeOf(() => inFlight.enter(places('one')));

  assert.equal(
    codeOf(() => inFlight.enter(places('other'))),
    null,
  );
});
