import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createActor, setup } from 'xstate';
import { LoginLimiter } from '../../../src/actors/login/login-limiter.ts';
import type { LoginCandidate } from '../../../src/actors/session/login-candidate.ts';
import { CountingClock } from '../../support/simulated-clock.ts';

/** Somebody who wants to log in: queues until admitted. */
function candidate(admission: LoginLimiter, who: Partial<LoginCandidate> = {}) {
  const input: LoginCandidate = { session: 's', hasBacklog: false, activeAt: null, ...who };
  const machine = setup({
    types: { events: {} as { type: 'login.granted' | 'login.refused' } },
    actors: { login: admission.actor },
  }).createMachine({
    initial: 'applying',
    states: {
      applying: {
        invoke: { src: 'login', input },
        initial: 'queueing',
        states: { queueing: { on: { 'login.granted': 'admitted' } }, admitted: {} },
        on: { 'login.refused': 'refused' },
      },
      refused: {},
    },
  });
  return createActor(machine).start();
}

function isAdmitted(one: ReturnType<typeof candidate>): boolean {
  return one.getSnapshot().matches({ applying: 'admitted' });
}

function admissionOn(clock: CountingClock, admits: (session: string) => boolean = () => true): LoginLimiter {
  return new LoginLimiter({ clock, admits });
}

test('five logins begin in any second and ten are in progress at most', () => {
  const clock = new CountingClock();
  const admission = admissionOn(clock);
  const applicants = Array.from({ length: 25 }, () => candidate(admission));
  const admitted = () => applicants.flatMap((each, index) => (isAdmitted(each) ? [index] : []));

  assert.deepEqual(admitted(), [0, 1, 2, 3, 4]);
  clock.time.increment(999);
  assert.equal(admitted().length, 5);
  clock.time.increment(1);
  assert.deepEqual(admitted(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  clock.time.increment(60_000);
  assert.equal(admitted().length, 10, 'nobody has left');
});

test('a place that is freed goes to the next one, and whoever leaves before its turn is passed over', () => {
  const clock = new CountingClock();
  const admission = admissionOn(clock);
  const applicants = Array.from({ length: 14 }, () => candidate(admission));
  clock.time.increment(1_000);
  clock.time.increment(1_000);

  applicants[10]?.stop();
  applicants[3]?.stop();
  applicants[4]?.stop();

  assert.deepEqual(
    applicants.slice(10).map((each) => isAdmitted(each)),
    [false, true, true, false],
  );
});

test('of those who wait the ones with a backlog come first, then the ones that were active last', () => {
  const clock = new CountingClock();
  const admission = admissionOn(clock);
  for (let earlier = 0; earlier < 5; earlier += 1) candidate(admission);
  const order: string[] = [];
  const waiting = [
    { session: 'never active' },
    { session: 'active long ago', activeAt: 1 },
    { session: 'active', activeAt: 2 },
    { session: 'backlog', hasBacklog: true },
    { session: 'backlog, active', hasBacklog: true, activeAt: 1 },
  ];

  for (const who of waiting) {
    const one = candidate(admission, who);
    one.subscribe(() => isAdmitted(one) && order.push(who.session));
  }
  clock.time.increment(1_000);

  assert.deepEqual(order, ['backlog, active', 'backlog', 'active', 'active long ago', 'never active']);
});

test('whoever has waited a minute comes first, however many with a backlog there are', () => {
  const clock = new CountingClock();
  const admission = admissionOn(clock);
  const patient = Array.from({ length: 5 }, () => candidate(admission));
  for (let rest = 0; rest < 5; rest += 1) patient.push(candidate(admission));
  clock.time.increment(1_000);
  const quiet = candidate(admission);

  const busy = (): void => {
    candidate(admission, { hasBacklog: true });
    patient.shift()?.stop();
    clock.time.increment(10_000);
  };
  for (let round = 0; round < 5; round += 1) busy();
  assert.ok(!isAdmitted(quiet));
  for (let round = 0; round < 3; round += 1) busy();

  assert.ok(isAdmitted(quiet));
});

test('whoever may not log in is sent away, at once or when that changes', () => {
  const clock = new CountingClock();
  const refused = new Set(['outdated']);
  const admission = admissionOn(clock, (session) => !refused.has(session));
  const first = candidate(admission, { session: 'outdated' });
  for (let earlier = 0; earlier < 5; earlier += 1) candidate(admission);
  const waiting = candidate(admission, { session: 'waiting' });

  refused.add('waiting');
  admission.review();

  assert.equal(first.getSnapshot().value, 'refused');
  assert.equal(waiting.getSnapshot().value, 'refused');
  assert.equal(clock.waiting, 0);
});

test('one timer runs while somebody waits for the next second, and none otherwise', () => {
  const clock = new CountingClock();
  const admission = admissionOn(clock);
  const applicants = Array.from({ length: 5 }, () => candidate(admission));
  assert.equal(clock.waiting, 0);

  const more = Array.from({ length: 200 }, () => candidate(admission));
  assert.equal(clock.waiting, 1);
  for (const each of more) each.stop();
  assert.equal(clock.waiting, 0);
  for (const each of applicants) each.stop();
  assert.equal(clock.waiting, 0);
});

test('nobody is admitted while the gate is closed, and those who wait are when it opens', () => {
  const admission = admissionOn(new CountingClock());
  const before = candidate(admission);
  admission.close();
  const meanwhile = candidate(admission);
  before.stop();
  assert.equal(isAdmitted(meanwhile), false);

  admission.open();

  assert.equal(isAdmitted(meanwhile), true);
});
