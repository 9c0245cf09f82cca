import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError } from '../../../src/domain/errors.ts';
import { ConcurrencyLimit, type LimitScope } from '../../../src/http/load-shedding/concurrency-limit.ts';
import { RateLimiter } from '../../../src/http/load-shedding/rate-limiter.ts';

test('a caller has a burst of two seconds, and then so many requests a second', () => {
  let now = 0;
  const limiter = new RateLimiter({ perSecond: 10, now: () => now });
  const take = (count: number) =>
    Array.from({ length: count }, () => limiter.take('one')).filter((wait) => wait === 0).length;

  assert.equal(take(30), 20);
  now += 1_000;
  assert.equal(take(30), 10);
  now += 60_000;
  assert.equal(take(30), 20);
});

test('a request is allowed after the reported wait', () => {
  let now = 0;
  const limiter = new RateLimiter({ perSecond: 3, now: () => now });
  while (limiter.take('one') === 0);
  const waitMs = limiter.take('one');

  now += waitMs - 1;
  assert.notEqual(limiter.take('one'), 0);
  now += 1;
  assert.equal(limiter.take('one'), 0);
});

test('callers have buckets of their own', () => {
  const limiter = new RateLimiter({ perSecond: 1, now: () => 0 });
  while (limiter.take('one') === 0);

  assert.equal(limiter.take('other'), 0);
});

const scopes = (session: string, organization = 'acme'): LimitScope[] => [
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

test('a session has 200 requests in flight, and another one fits once one is answered', () => {
  const limit = new ConcurrencyLimit();
  const entered = Array.from({ length: 200 }, () => limit.enter(scopes('one')));

  assert.equal(
    codeOf(() => limit.enter(scopes('one'))),
    'too_many_requests',
  );
  assert.equal(
    codeOf(() => limit.enter(scopes('other'))),
    null,
  );
  entered[0]?.[Symbol.dispose]();
  assert.equal(
    codeOf(() => limit.enter(scopes('one'))),
    null,
  );
});

test('an organization has 1,000 requests in flight, others are not affected, and the total is 3,000', () => {
  const limit = new ConcurrencyLimit();
  const fill = (organization: string) => {
    for (let count = 0; count < 1_000; count += 1) limit.enter(scopes(`${organization} ${count % 10}`, organization));
  };

  fill('acme');
  assert.equal(
    codeOf(() => limit.enter(scopes('one more'))),
    'too_many_requests',
  );
  fill('globex');
  fill('initech');
  assert.equal(
    codeOf(() => limit.enter(scopes('one', 'umbrella'))),
    'unavailable',
  );
});

test('a refused request is not counted', () => {
  const limit = new ConcurrencyLimit();
  for (let count = 0; count < 200; count += 1) limit.enter(scopes('one'));
  for (let count = 0; count < 2_000; count += 1) codeOf(() => limit.enter(scopes('one')));

  assert.equal(
    codeOf(() => limit.enter(scopes('other'))),
    null,
  );
});
