import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { createAuditLog } from '../../../src/actors/audit-log.ts';
import { BackgroundTasks } from '../../../src/actors/background-tasks.ts';
import { Cluster } from '../../../src/actors/cluster/cluster.ts';
import { NodeOwnership } from '../../../src/actors/cluster/membership/node-ownership.ts';
import { Supervisor } from '../../../src/actors/runtime/supervisor.ts';
import { sessionMachine } from '../../../src/actors/session/machine.ts';
import { systemClock, systemTimer } from '../../../src/domain/clock.ts';
import { credentials } from '../../../src/store/records/sessions/credentials.ts';
import { sessionStates } from '../../../src/store/records/sessions/session-states.ts';
import { sessions } from '../../../src/store/records/sessions/sessions.ts';
import { SealedFolder } from '../../store/encryption/support.ts';

test('a request that waits for a session that is deleted is answered that there is none', async () => {
  using folder = new SealedFolder();
  await using store = await folder.open();
  const logger = pino({ level: 'silent' });
  const shared = {
    ...{ store, logger, now: Date.now, nodeId: 'one', delay: systemTimer, random: Math.random },
    ...{ clock: systemClock(() => performance.now()), sendTimeoutMs: 1_000, answerTimeoutMs: 1_000 },
  };
  const ownership = new NodeOwnership(shared);
  const supervisor = new Supervisor({
    sessions: sessions(store),
    credentials: credentials(store),
    hasBacklog: async () => false,
    states: sessionStates(store),
    health: store.health,
    machine: sessionMachine,
    sendTimeoutMs: shared.sendTimeoutMs,
    onState: () => undefined,
    logger,
    delay: systemTimer,
    audit: createAuditLog(logger, new Uint8Array(32)),
    nextSeed: () => 1,
    now: Date.now,
  });
  const background = new BackgroundTasks();
  const recorder = { recorded: async () => undefined };
  const cluster = new Cluster({ ...shared, ownership, supervisor, recorder, background, sessions: sessions(store) });

  const answer = await cluster.ask({ organization: 'acme', session: 'S1' }, { type: 'session.start', requestId: 'r' });

  assert.equal(answer.ok ? 'done' : answer.refusal.code, 'not_found');
});
