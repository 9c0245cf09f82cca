import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backoff } from '../../../src/http/console/page/backoff.ts';
import { EventParser } from '../../../src/http/console/page/event-parser.ts';
import { duration } from '../../../src/http/console/page/format.ts';
import { locationOf } from '../../../src/http/console/page/location.ts';
import { leavesOf, statesOf } from '../../../src/http/console/page/state-value.ts';

test('events are read however their bytes are cut, with ids by themselves, and without comments', () => {
  const text = 'retry: 1000\n\nid: a\n\n:\n\nid: b\nevent: message\ndata: {"x":\ndata: 1}\n\nid: c\r\ndata: 2\r\n\r\n';
  const expected = [
    { id: 'a', data: null },
    { id: 'b', data: '{"x":\n1}' },
    { id: 'c', data: '2' },
  ];

  for (const size of [1, 3, 7, text.length]) {
    const parser = new EventParser();
    const pieces = text.match(new RegExp(`[\\s\\S]{1,${size}}`, 'g')) ?? [];
    assert.deepEqual(
      pieces.flatMap((piece) => parser.feed(piece)),
      expected,
      `in pieces of ${size}`,
    );
  }
});

test('an event that does not end is refused', () => {
  assert.throws(() => new EventParser().feed('data: '.padEnd(2_000_000, 'x')), /too long/);
});

test('lengths of time have two units at the most', () => {
  const [s, min, h, d] = [1_000, 60_000, 3_600_000, 86_400_000];
  const cases: [number, string][] = [
    [-5, '0 s'],
    [59_999, '59 s'],
    [min, '1 min'],
    [4 * min + 10 * s, '4 min 10 s'],
    [3 * h + 5 * min + 30 * s, '3 h 5 min'],
    [2 * d + 4 * h, '2 d 4 h'],
  ];

  for (const [ms, words] of cases) assert.equal(duration(ms), words);
});

test("a machine's state is told apart into all states and the innermost ones", () => {
  const value = { lifecycle: { online: { connecting: 'pairing' } }, delivery: 'idle' };

  assert.deepEqual(leavesOf(value), ['lifecycle.online.connecting.pairing', 'delivery.idle']);
  const within = [
    'lifecycle',
    'lifecycle.online',
    'lifecycle.online.connecting',
    'lifecycle.online.connecting.pairing',
  ];
  assert.deepEqual(statesOf(value), [...within, 'delivery', 'delivery.idle']);
  assert.deepEqual(leavesOf({ one: {}, other: 'x' }), ['one', 'other.x']);
  assert.deepEqual(leavesOf(null), []);
});

test('whatever is no address of a session is that of the list', () => {
  assert.deepEqual(locationOf('#/sessions/01M8CD0B2E'), { kind: 'session', id: '01M8CD0B2E' });
  for (const hash of ['', '#', '#/', '#/sessions/', '#/sessions/../x', '#/sessions/a?b']) {
    assert.deepEqual(locationOf(hash), { kind: 'sessions' }, hash);
  }
});

test('waiting gets longer with each failure, up to half a minute, and never less than was asked for', () => {
  const backoff = new Backoff();

  assert.ok(backoff.next() <= 1_000);
  for (let failures = 0; failures < 20; failures += 1) assert.ok(backoff.next() <= 30_000);
  assert.ok(backoff.next(45_000) >= 45_000);
  backoff.reset();
  assert.ok(backoff.next() <= 1_000);
});
