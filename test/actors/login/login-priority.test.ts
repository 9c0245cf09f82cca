import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasPriorityOver, highestPriority } from '../../../src/actors/login/login-priority.ts';
import { loginCandidateOf } from '../../../src/actors/session/login-candidate.ts';
import { begun, ScriptedSession, textCommand, textRow } from '../../support/scripted-session.ts';

const candidate = (session: string, hasBacklog: boolean, activeAt: number | null) => ({
  candidate: { session, hasBacklog, activeAt },
});

test('a backlog comes before activity, later activity before earlier, and of equals the first', () => {
  const waiting = [
    candidate('quiet', false, null),
    candidate('active', false, 2),
    candidate('equal', false, 2),
    candidate('backlog', true, null),
  ];

  assert.equal(highestPriority(waiting)?.candidate.session, 'backlog');
  assert.equal(highestPriority(waiting.slice(0, 3))?.candidate.session, 'active');
  assert.equal(highestPriority([]), undefined);
  assert.ok(
    !hasPriorityOver({ session: 'a', hasBacklog: true, activeAt: 1 }, { session: 'b', hasBacklog: true, activeAt: 1 }),
  );
});

/** The session as one that wants to log in. */
function seen(session: ScriptedSession) {
  const { hasBacklog, activeAt } = loginCandidateOf(session.actor.getSnapshot().context);
  return { hasBacklog, activeAt };
}

test('a session has a backlog when something waits in it or in its queue, and not before anybody has looked', async () => {
  const session = new ScriptedSession();
  assert.equal(seen(session).hasBacklog, false);

  await session.connect();
  session.close('connection_lost');
  assert.equal(seen(session).hasBacklog, false);
  session.send({ type: 'outbox.queued' });
  assert.equal(seen(session).hasBacklog, true);

  const waiting = new ScriptedSession();
  waiting.send(textCommand('send'));
  assert.equal(seen(waiting).hasBacklog, true);

  const inFlight = new ScriptedSession();
  inFlight.queued.push(begun(textRow('async')));
  await inFlight.connect();
  inFlight.close('connection_lost');
  assert.equal(seen(inFlight).hasBacklog, true);
});

test('a session is active when it connects and when it takes on a synchronous send', async () => {
  const session = new ScriptedSession();
  assert.equal(seen(session).activeAt, null);

  session.clock.increment(5_000);
  await session.connect();
  assert.equal(seen(session).activeAt, 5_000);
  const command = textCommand('send');
  session.send({ ...command, row: { ...command.row, acceptedAt: 9_000 } });

  assert.equal(seen(session).activeAt, 9_000);
});
