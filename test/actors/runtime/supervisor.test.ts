import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { SimulatedClock } from 'xstate';
import { Supervisor } from '../../../src/actors/runtime/supervisor.ts';
import { sessionMachine } from '../../../src/actors/session/machine.ts';
import { newRequestId, newSessionId } from '../../../src/domain/ids.ts';
import { defaultSettings, type SessionRecord } from '../../../src/domain/session.ts';
import { credentials } from '../../../src/store/records/sessions/credentials.ts';
import { sessionStates } from '../../../src/store/records/sessions/session-states.ts';
import { type Sessions, sessions as sessionsOf } from '../../../src/store/records/sessions/sessions.ts';
import { eventually } from '../../support/eventually.ts';
import { clockOn } from '../../support/simulated-clock.ts';
import { openMemoryStore } from '../../support/store/memory-store.ts';

const restartMs = 5_000;

/** A supervisor of one stored session, whose machine fails at a live action; `find` wraps what reads the record. */
async function startSupervisor(find: (stored: Sessions['find']) => Sessions['find'] = (stored) => stored) {
  const store = await openMemoryStore();
  const stored = sessionsOf(store);
  const record = restingRecord();
  await stored.create(record);
  const time = new SimulatedClock();
  const reads: string[] = [];
  const machine = sessionMachine.provide({
    actions: {
      readClock: () => {
        throw new Error('a fault');
      },
    },
  });
  const read = find(stored.find);
  const supervisor = new Supervisor({
    sessions: {
      ...stored,
      find: async (key) => {
        const found = await read(key);
        reads.push(key.session);
        return found;
      },
    },
    ...{
      credentials: credentials(store),
      states: sessionStates(store),
      hasBacklog: async () => false,
      health: store.health,
      machine,
    },
    ...{ sendTimeoutMs: 30_000, onState: () => undefined, logger: pino({ level: 'silent' }) },
    ...{ delay: clockOn(time).after, audit: { record: () => undefined }, nextSeed: () => 1, now: Date.now },
  });
  const crash = async () => {
    const host = supervisor.host(record);
    await host.ask({ type: 'session.perform', requestId: newRequestId(), action: { kind: 'fetchGroup', jid: 'g' } });
    return host;
  };
  return { supervisor, record, time, reads, crash, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() };
}

function restingRecord(): SessionRecord {
  return {
    ...{ id: newSessionId(), organization: 'acme', createdBy: 'test', settings: defaultSettings, account: null },
    ...{ resting: { status: 'stopped', reason: null, since: 1 }, lastConnectedAt: null, createdAt: 1, updatedAt: 1 },
  };
}

test('a session whose machine has failed is begun again', async () => {
  await using started = await startSupervisor();
  const { supervisor, record, time, crash } = started;
  const crashed = await crash();

  time.increment(restartMs);

  await eventually(() => assert.notEqual(supervisor.find(record.id), crashed));
  assert.equal(supervisor.find(record.id)?.state.status, 'stopped');
});

test('a session that left and came back after its machine had failed goes on', async () => {
  await using started = await startSupervisor();
  const { supervisor, record, time, reads, crash } = started;
  await crash();
  supervisor.dismiss(record.id);
  const back = supervisor.host(record);

  time.increment(restartMs);
  await new Promise(setImmediate);

  assert.equal(supervisor.find(record.id), back);
  assert.deepEqual(reads, []);
});

test('a session that leaves and comes back while it is about to be begun again goes on', async () => {
  const answer = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  await using started = await startSupervisor((find) => async (key) => {
    asked.resolve();
    await answer.promise;
    return find(key);
  });
  const { supervisor, record, time, reads, crash } = started;
  await crash();
  time.increment(restartMs);
  await asked.promise;
  supervisor.dismiss(record.id);
  const back = supervisor.host(record);

  answer.resolve();

  await eventually(() => assert.deepEqual(reads, [record.id]));
  await new Promise(setImmediate);
  assert.equal(supervisor.find(record.id), back);
});
