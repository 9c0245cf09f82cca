import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createActor, setup } from 'xstate';
import { Admission } from '../../src/actors/admission.ts';
import type { SessionAddress } from '../../src/domain/session.ts';

/** Somebody who wants to log in: queues until admitted. */
function applicant(admission: Admission) {
  const machine = setup({
    types: { events: {} as { type: 'admission.granted' } },
    actors: { admission: admission.actor },
  }).createMachine({
    invoke: { src: 'admission', input: (): SessionAddress => ({ organization: 'acme', session: 's' }) },
    initial: 'queueing',
    states: { queueing: { on: { 'admission.granted': 'admitted' } }, admitted: {} },
  });
  return createActor(machine).start();
}

test('ten logins are in progress at most, and a place that is freed goes to the one who waits longest', () => {
  const admission = new Admission();
  const applicants = Array.from({ length: 25 }, () => applicant(admission));
  const admitted = () => applicants.flatMap((each, index) => (each.getSnapshot().value === 'admitted' ? [index] : []));

  assert.deepEqual(admitted(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  applicants[15]?.stop();
  applicants[3]?.stop();
  applicants[4]?.stop();
  assert.deepEqual(admitted().slice(-2), [10, 11]);
  for (const each of applicants.slice(0, 12)) each.stop();

  const still = admitted().filter((index) => index >= 12);
  assert.deepEqual(still, [12, 13, 14, 16, 17, 18, 19, 20, 21, 22]);
});

test('nobody is admitted while the gate is closed, and those who wait are when it opens', () => {
  const admission = new Admission();
  const before = applicant(admission);
  admission.close();
  const meanwhile = applicant(admission);
  before.stop();
  assert.equal(meanwhile.getSnapshot().value, 'queueing');

  admission.open();

  assert.equal(meanwhile.getSnapshot().value, 'admitted');
});
