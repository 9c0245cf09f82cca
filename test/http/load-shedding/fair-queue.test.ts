import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FairQueue } from '../../../src/http/load-shedding/fair-queue.ts';

function queueOf(...names: string[]): FairQueue<string> {
  const queue = new FairQueue<string>();
  for (const [index, name] of names.entries()) queue.push(name, `${name}${index}`);
  return queue;
}

function all(queue: FairQueue<string>): string[] {
  const taken: string[] = [];
  for (let one = queue.next(); one !== undefined; one = queue.next()) taken.push(one);
  return taken;
}

test('keys take turns, the oldest of each first', () => {
  assert.deepEqual(all(queueOf('a', 'a', 'a', 'b', 'a', 'c', 'b')), ['a0', 'b3', 'c5', 'a1', 'b6', 'a2', 'a4']);
  assert.deepEqual(all(queueOf()), []);
});

test('a new key waits no longer than one turn of each other key', () => {
  const queue = queueOf('flood', 'flood', 'flood', 'other');
  queue.next();
  queue.push('modest', 'modest');

  assert.ok(all(queue).indexOf('modest') <= 2);
});

test('the newest item of the longest queue is evicted', () => {
  const queue = queueOf('flood', 'modest', 'flood', 'flood');

  assert.deepEqual([queue.evict(), queue.evict()], ['flood3', 'flood2']);
  assert.equal(queue.length, 2);
  assert.equal(queueOf().evict(), undefined);
});

test('no item is lost or doubled, and a key with fewer items than another loses none', () => {
  const step = fc.oneof(
    fc.constantFrom('a', 'b', 'c', 'd').map((name) => ({ kind: 'push' as const, name })),
    fc.constant({ kind: 'next' as const }),
    fc.constant({ kind: 'evict' as const }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const queue = new FairQueue<{ name: string; number: number }>();
      const waiting: { name: string; number: number }[] = [];
      const countOf = (name: string) => waiting.filter((one) => one.name === name).length;
      for (const [number, one] of steps.entries()) {
        if (one.kind === 'push') {
          const pushed = { name: one.name, number };
          waiting.push(pushed);
          queue.push(one.name, pushed);
          continue;
        }
        const most = Math.max(0, ...['a', 'b', 'c', 'd'].map(countOf));
        const taken = one.kind === 'next' ? queue.next() : queue.evict();
        assert.equal(taken === undefined, waiting.length === 0);
        if (taken === undefined) continue;
        if (one.kind === 'evict') assert.equal(countOf(taken.name), most);
        waiting.splice(waiting.indexOf(taken), 1);
        assert.equal(queue.length, waiting.length);
      }
    }),
  );
});
