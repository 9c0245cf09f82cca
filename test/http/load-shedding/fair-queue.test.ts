import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FairQueue } from '../../../src/http/load-shedding/fair-queue.ts';

function lineOf(...names: string[]): FairQueue<string> {
  const line = new FairQueue<string>();
  for (const [index, name] of names.entries()) line.push(name, `${name}${index}`);
  return line;
}

function all(line: FairQueue<string>): string[] {
  const taken: string[] = [];
  for (let one = line.next(); one !== undefined; one = line.next()) taken.push(one);
  return taken;
}

test('everybody has their turn, the oldest of each first', () => {
  assert.deepEqual(all(lineOf('a', 'a', 'a', 'b', 'a', 'c', 'b')), ['a0', 'b3', 'c5', 'a1', 'b6', 'a2', 'a4']);
  assert.deepEqual(all(lineOf()), []);
});

test('whoever comes anew waits no longer than one turn of each of the others', () => {
  const line = lineOf('flood', 'flood', 'flood', 'other');
  line.next();
  line.push('modest', 'modest');

  assert.ok(all(line).indexOf('modest') <= 2);
});

test('the newest of those who have the most is sent away', () => {
  const line = lineOf('flood', 'modest', 'flood', 'flood');

  assert.deepEqual([line.sendAway(), line.sendAway()], ['flood3', 'flood2']);
  assert.equal(line.length, 2);
  assert.equal(lineOf().sendAway(), undefined);
});

test('nobody is lost or doubled, and nobody with fewer than others in line is sent away', () => {
  const step = fc.oneof(
    fc.constantFrom('a', 'b', 'c', 'd').map((name) => ({ kind: 'push' as const, name })),
    fc.constant({ kind: 'next' as const }),
    fc.constant({ kind: 'away' as const }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const line = new FairQueue<{ name: string; number: number }>();
      const waiting: { name: string; number: number }[] = [];
      const countOf = (name: string) => waiting.filter((one) => one.name === name).length;
      for (const [number, one] of steps.entries()) {
        if (one.kind === 'push') {
          const pushed = { name: one.name, number };
          waiting.push(pushed);
          line.push(one.name, pushed);
          continue;
        }
        const most = Math.max(0, ...['a', 'b', 'c', 'd'].map(countOf));
        const taken = one.kind === 'next' ? line.next() : line.sendAway();
        assert.equal(taken === undefined, waiting.length === 0);
        if (taken === undefined) continue;
        if (one.kind === 'away') assert.equal(countOf(taken.name), most);
        waiting.splice(waiting.indexOf(taken), 1);
        assert.equal(line.length, waiting.length);
      }
    }),
  );
});
