import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { SimulatedClock } from 'xstate';
import { BackgroundTasks } from '../../../src/actors/background-tasks.ts';
import { boundedSweep } from '../../../src/actors/runtime/session-sweeper.ts';
import { RecordedLog } from '../../http/support/recorded-log.ts';
import { clockOn } from '../../support/simulated-clock.ts';

const address = { organization: 'acme', session: 'S1' };

function startSweep() {
  const time = new SimulatedClock();
  const work = Promise.withResolvers<void>();
  const background = new BackgroundTasks();
  const log = new RecordedLog();
  const logger = pino({}, log);
  const sweep = boundedSweep({ sweep: () => work.promise, background, delay: clockOn(time).after, logger });
  return { time, work, background, log, swept: sweep(address) };
}

test('a deletion waits for the sweep, and reports that it failed', async () => {
  const { work, swept } = startSweep();

  work.reject(new Error('a fault'));

  await assert.rejects(swept, /a fault/);
});

test('a deletion does not wait longer than 5 s; what fails later is logged', async () => {
  const { time, work, background, log, swept } = startSweep();

  time.increment(5_000);
  await swept;
  work.reject(new Error('a fault'));
  await background.idle();

  assert.match(log.lines.map(({ msg }) => msg).join(), /data of a deleted session could not be deleted/);
});
