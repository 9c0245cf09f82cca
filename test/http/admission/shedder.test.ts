import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Shedder } from '../../../src/http/admission/shedder.ts';

const [late, onTime] = [200, 5];

/** Asks so often for one caller; gives how many were let in. */
function ask(shedder: Shedder, name: string, times: number): number {
  return Array.from({ length: times }, () => shedder.admits(name)).filter((isLetIn) => isLetIn).length;
}

/** A shedder that has had more to do than it can for a second: 100 requests a window. */
function overloaded(): Shedder {
  const shedder = new Shedder();
  for (let window = 0; window < 4; window += 1) {
    ask(shedder, 'acme', 100);
    shedder.endWindow(late);
  }
  return shedder;
}

test('all are let in while the process is on time, and when it is late for a moment only', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 1_000 }), { maxLength: 50 }), (windows) => {
      const shedder = new Shedder();
      for (const [index, count] of windows.entries()) {
        assert.equal(ask(shedder, 'acme', count), count);
        shedder.endWindow(index % 4 === 3 ? onTime : late);
      }
    }),
  );
});

test('after a second of being late fewer are let in, and fewer still while that goes on, down to a least number', () => {
  const shedder = overloaded();
  const letIn = Array.from({ length: 20 }, () => {
    const count = ask(shedder, 'acme', 1_000);
    shedder.endWindow(late);
    return count;
  });

  assert.deepEqual(letIn.slice(0, 4), [80, 64, 51, 40]);
  assert.equal(letIn.at(-1), 20);
});

test('once it is on time more are let in, step by step', () => {
  const shedder = overloaded();
  const first = ask(shedder, 'acme', 1_000);
  shedder.endWindow(onTime);
  const second = ask(shedder, 'acme', 1_000);
  shedder.endWindow(onTime);

  assert.ok(second > first && second <= first * 1.06);
  assert.ok(ask(shedder, 'acme', 1_000) > second);
});

test('when there is little to do for two seconds, all are let in again', () => {
  const shedder = overloaded();
  for (let window = 0; window < 10; window += 1) {
    ask(shedder, 'acme', 10);
    shedder.endWindow(onTime);
  }

  assert.equal(shedder.isShedding, false);
  assert.equal(ask(shedder, 'acme', 1_000), 1_000);
});

test('whoever asks for less than an equal part is always let in, whatever the others do', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.boolean()), { minLength: 100, maxLength: 2_000 }),
      fc.integer({ min: 1, max: 20 }),
      (requests, rounds) => {
        const shedder = overloaded();
        for (let round = 0; round < rounds; round += 1) {
          const asked = new Map<string, number>();
          for (const [caller, isFlood] of requests) {
            const name = isFlood ? 'flood' : `modest ${caller}`;
            const count = (asked.get(name) ?? 0) + 1;
            asked.set(name, count);
            // Of twenty requests at the least, eleven callers have one each for certain.
            if (count === 1) assert.equal(shedder.admits(name), true);
            else shedder.admits(name);
          }
          shedder.endWindow(late);
        }
      },
    ),
  );
});

test('a flood gets what the others leave, and no more', () => {
  const shedder = overloaded();
  const flood = ask(shedder, 'flood', 1_000);
  const modest = ask(shedder, 'modest', 20);

  assert.equal(flood, 80);
  assert.equal(modest, 20);
  assert.equal(ask(shedder, 'flood', 1), 0);
});
