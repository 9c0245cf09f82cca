import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { createActor, setup } from 'xstate';
import { ClientVersionBreaker } from '../../../src/actors/login/client-version-breaker.ts';
import { CountingClock } from '../../support/simulated-clock.ts';

const minute = 60_000;

function circuitOn(clock: CountingClock) {
  const lines: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  return { circuit: new ClientVersionBreaker(clock, logger), lines };
}

/** A session that WhatsApp has refused for its client, and that is told when it may try again. */
function waiter(circuit: ClientVersionBreaker, session: string, until: number | null, activeAt = 0) {
  const told: string[] = [];
  const machine = setup({
    types: { events: {} as { type: 'breaker.passed' } | { type: 'breaker.scheduled'; at: number } },
    actors: { breaker: circuit.actor },
  }).createMachine({
    initial: 'waiting',
    states: {
      waiting: {
        invoke: { src: 'breaker', input: { candidate: { session, hasBacklog: false, activeAt }, until } },
        on: {
          'breaker.scheduled': { actions: ({ event }) => void told.push(`at ${event.at / minute} min`) },
          'breaker.passed': { target: 'trying', actions: () => void told.push('passed') },
        },
      },
      trying: {},
    },
  });
  return { told, actor: createActor(machine).start() };
}

test('the first refusal opens the circuit: nobody logs in, those who wait know until when, and the log says so', () => {
  const clock = new CountingClock();
  const { circuit, lines } = circuitOn(clock);
  let opened = 0;
  circuit.onOpen = () => {
    opened += 1;
  };
  assert.ok(circuit.admits('a'));

  const first = waiter(circuit, 'a', 10 * minute);
  const second = waiter(circuit, 'b', 10 * minute + 5_000);

  assert.ok(!circuit.admits('a') && !circuit.admits('c'));
  assert.deepEqual([first.told.at(-1), second.told.at(-1)], ['at 10 min', 'at 10 min']);
  assert.equal(opened, 1);
  assert.equal(lines.filter((line) => line.includes('"level":50')).length, 1);
});

test('every ten minutes one session tries, the one that was active last', () => {
  const clock = new CountingClock();
  const { circuit } = circuitOn(clock);
  const quiet = waiter(circuit, 'quiet', 10 * minute, 1);
  const active = waiter(circuit, 'active', 10 * minute, 2);

  clock.time.increment(10 * minute);

  assert.equal(active.told.at(-1), 'passed');
  assert.equal(quiet.told.at(-1), 'at 20 min');
  assert.ok(circuit.admits('active') && !circuit.admits('quiet'));
});

test('a try that is refused puts everybody off for ten minutes', () => {
  const clock = new CountingClock();
  const { circuit } = circuitOn(clock);
  const quiet = waiter(circuit, 'quiet', 10 * minute, 1);
  waiter(circuit, 'active', 10 * minute, 2);
  clock.time.increment(10 * minute);
  clock.time.increment(minute);

  const again = waiter(circuit, 'active', 21 * minute, 2);

  assert.ok(!circuit.admits('active'));
  assert.deepEqual([quiet.told.at(-1), again.told.at(-1)], ['at 21 min', 'at 21 min']);
});

test('a try that nothing is heard of is followed by another session', () => {
  const clock = new CountingClock();
  const { circuit } = circuitOn(clock);
  const quiet = waiter(circuit, 'quiet', 10 * minute, 1);
  waiter(circuit, 'active', 10 * minute, 2);
  clock.time.increment(10 * minute);

  clock.time.increment(10 * minute);

  assert.equal(quiet.told.at(-1), 'passed');
  assert.ok(circuit.admits('quiet') && !circuit.admits('active'));
});

test('a login that succeeds lets everybody go on, and leaves no timer behind', () => {
  const clock = new CountingClock();
  const { circuit } = circuitOn(clock);
  const waiters = ['a', 'b', 'c'].map((session) => waiter(circuit, session, 10 * minute));

  circuit.close();

  for (const { told } of waiters) assert.equal(told.at(-1), 'passed');
  assert.ok(circuit.admits('d'));
  assert.equal(clock.waiting, 0);
});

test('a session that its operator starts tries at once', () => {
  const clock = new CountingClock();
  const { circuit } = circuitOn(clock);
  waiter(circuit, 'a', 10 * minute).actor.stop();
  const other = waiter(circuit, 'b', 10 * minute);

  circuit.allowProbe('a');

  assert.ok(circuit.admits('a') && !circuit.admits('b'));
  assert.equal(other.told.at(-1), 'at 10 min');
});

test('without anybody who waits no timer runs, and the next one to come when a try is due tries', () => {
  const clock = new CountingClock();
  const { circuit } = circuitOn(clock);
  waiter(circuit, 'a', 10 * minute).actor.stop();

  assert.equal(clock.waiting, 0);
  assert.ok(!circuit.admits('b'));
  clock.time.increment(10 * minute);
  assert.ok(circuit.admits('b') && !circuit.admits('c'));
});

test('a session that comes back from an earlier life when its time is over goes on at once', () => {
  const clock = new CountingClock();
  const { circuit } = circuitOn(clock);

  assert.deepEqual(waiter(circuit, 'a', 0).told, ['passed']);
  assert.deepEqual(waiter(circuit, 'b', null).told, ['passed']);
  assert.ok(circuit.admits('c'));
});
