import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CloseReason } from '../../../src/actors/socket/port.ts';
import { ScriptedSession, settled, textCommand } from '../../support/scripted-session.ts';

const minute = 60_000;

/** The reply to a request: `ok`, or its code and when trying again makes sense. */
function replyTo(session: ScriptedSession, requestId: string): string | undefined {
  const outcome = session.replies.find((each) => each.requestId === requestId)?.outcome;
  if (outcome === undefined) return undefined;
  return outcome.ok ? 'ok' : [outcome.refusal.code, outcome.refusal.retryAfterMs ?? 'never'].join(' ');
}

/** A session that has failed for that reason, and has stored it. */
async function failedFor(...ends: Parameters<ScriptedSession['close']>): Promise<ScriptedSession> {
  const session = new ScriptedSession();
  await session.connect();
  session.close(...ends);
  await session.end('recordInactive');
  assert.equal(session.status, 'failed');
  return session;
}

test('a restart that WhatsApp requests is immediate, a lost connection is followed by a back-off', async () => {
  const session = new ScriptedSession();
  session.send({ type: 'login.granted' });
  session.close('restart_required');
  session.clock.increment(0);

  assert.match(session.state, /queueing/);
  session.send({ type: 'login.granted' });
  session.close('restart_required');
  assert.match(session.state, /backingOff/);
  assert.ok((session.retryInMs ?? 0) > 0);
});

test('a replaced session connects by itself after 30 s, and after that stays failed until it is started', async () => {
  const session = await failedFor('replaced');

  assert.equal(session.retryInMs, 30_000);
  session.clock.increment(29_999);
  assert.equal(session.status, 'failed');
  session.clock.increment(1);
  await session.end('recordStart');
  assert.equal(session.status, 'connecting');
  await session.connect();
  session.close('replaced');
  await session.end('recordInactive');

  assert.equal(session.retryInMs, null);
  session.clock.increment(24 * 60 * minute);
  assert.equal(session.status, 'failed');
});

test('a start by request resets the history of a replaced session', async () => {
  const session = await failedFor('replaced');

  session.send({ type: 'session.start', requestId: 'start' });
  await session.end('recordStart');
  assert.equal(replyTo(session, 'start'), 'ok');
  await session.connect();
  session.close('replaced');
  await session.end('recordInactive');

  assert.equal(session.retryInMs, 30_000);
});

test('a banned number stays inactive until the ban ends; sends are refused with the remaining time', async () => {
  const session = await failedFor('temporarily_banned', 2 * minute);

  session.clock.increment(minute);
  session.send(textCommand('send'));
  session.send({ type: 'session.perform', requestId: 'join', action: { kind: 'joinGroup', code: 'c' } });
  assert.equal(replyTo(session, 'send'), `unavailable ${minute}`);
  assert.equal(replyTo(session, 'join'), `unavailable ${minute}`);
  session.clock.increment(minute);
  await session.end('recordStart');

  assert.equal(session.status, 'connecting');
});

test('a send that waits for a connection is refused with the ban that ended the attempt', async () => {
  const session = new ScriptedSession();
  session.send(textCommand('send'));
  session.send({ type: 'login.granted' });

  session.close('temporarily_banned', 2 * minute);

  assert.equal(replyTo(session, 'send'), `unavailable ${2 * minute}`);
});

test('refusals of an inactive session say when it connects by itself, and only then', async () => {
  const passing = await failedFor('replaced');
  const lasting = await failedFor('multi_device_mismatch');

  for (const session of [passing, lasting]) session.send(textCommand('send'));

  assert.equal(replyTo(passing, 'send'), 'not_implemented 30000');
  assert.equal(replyTo(lasting, 'send'), 'not_implemented never');
});

test('a session that waits to connect by itself can be stopped, and stays stopped', async () => {
  const session = await failedFor('replaced');

  session.send({ type: 'session.stop', requestId: 'stop' });
  await session.end('recordInactive');

  assert.equal(replyTo(session, 'stop'), 'ok');
  assert.equal(session.status, 'stopped');
  session.clock.increment(60 * minute);
  assert.equal(session.status, 'stopped');
});

test('a session that waits to connect by itself does not delay a shutdown', async () => {
  const session = await failedFor('replaced');

  session.send({ type: 'session.shutDown', requestId: 'end' });
  session.clock.increment(60 * minute);

  assert.equal(replyTo(session, 'end'), 'ok');
  assert.equal(session.status, 'failed');
});

test('the wait of an inactive session continues over a restart, and one that is over ends soon', () => {
  const rest = (retryAt: number) => ({ status: 'failed', reason: 'replaced', retryAt }) as const;
  const waiting = new ScriptedSession({ resting: rest(30_000) });
  const over = new ScriptedSession({ resting: rest(-1) });

  assert.equal(waiting.retryInMs, 30_000);
  for (const session of [waiting, over]) session.clock.increment(1_000);
  assert.deepEqual([waiting.status, over.status], ['failed', 'connecting']);
});

test('while the store fails, a start that is due is retried once a second', async () => {
  const session = new ScriptedSession({ resting: { status: 'failed', reason: 'replaced', retryAt: -1 } });

  for (let second = 0; second < 5; second += 1) {
    assert.equal(session.status, 'failed');
    session.clock.increment(1_000);
    await session.end('recordStart', 'fail');
    assert.deepEqual(session.pending, []);
  }
});

test('an outdated client waits for its turn to try, and shows when that is', async () => {
  const session = await failedFor('client_outdated');

  session.send({ type: 'breaker.scheduled', at: session.clock.now() + 7 * minute });
  assert.equal(session.retryInMs, 7 * minute);
  session.clock.increment(20 * minute);
  assert.equal(session.status, 'failed', 'not by itself');
  session.send({ type: 'breaker.passed' });
  session.clock.increment(1_000);
  await session.end('recordStart');

  assert.equal(session.status, 'connecting');
});

test('a session whose login is refused because the client is outdated becomes inactive like those that WhatsApp refused', async () => {
  const session = new ScriptedSession();

  session.send({ type: 'login.refused' });
  await session.end('recordInactive');

  assert.equal(session.status, 'failed');
  assert.deepEqual(session.told, [], 'nothing was dialled');
  assert.equal(session.retryInMs, 10 * minute);
});

test('three server errors right after the login slow the session down, and have a reason of their own', async () => {
  const session = new ScriptedSession();
  for (let login = 0; login < 3; login += 1) {
    await session.connect();
    session.close('server_error');
    if (login < 2) session.clock.increment(session.retryInMs ?? 0);
  }

  assert.equal(session.actor.getSnapshot().context.reason, 'server_error_repeated');
  assert.equal(session.status, 'connecting');
  assert.ok((session.retryInMs ?? 0) >= 5 * minute);
});

/** A session that has handed a send to its socket. */
async function sendInFlight() {
  const session = new ScriptedSession();
  await session.connect();
  const command = textCommand('send');
  session.send(command);
  await session.end('beginSend');
  return { session, command };
}

test('a send that is not acknowledged in 20 s forces a reconnect, and its caller gets the result of the second try', async () => {
  const { session, command } = await sendInFlight();

  session.clock.increment(20_000);
  assert.deepEqual(session.told.at(-1), { type: 'socket.close', reason: 'ack_timeout' });
  session.close('ack_timeout');
  assert.equal(replyTo(session, 'send'), undefined);
  session.clock.increment(0);
  await session.connect();
  session.send({ type: 'socket.caughtUp' });
  await session.end('recoverSend');
  session.send({ type: 'socket.acknowledged', waMessageId: command.row.waMessageId, timestamp: 5 });
  await session.end('completeSend');

  assert.equal(replyTo(session, 'send'), 'ok');
});

test('a send that is not settled by its deadline is answered as unknown, although the reconnect came sooner', async () => {
  const { session, command } = await sendInFlight();

  session.clock.increment(20_000);
  session.close('ack_timeout');
  session.clock.increment(0);
  session.inDoubt = { ...command.row, attempts: 2 };
  await session.connect();
  session.clock.increment(9_999);
  assert.equal(replyTo(session, 'send'), undefined);
  session.clock.increment(1);

  assert.equal(replyTo(session, 'send'), 'timeout never');
});

test('a connection that was asked to close and does not is given up, and the next one follows after a back-off', async () => {
  const session = new ScriptedSession();
  session.send({ type: 'login.granted' });
  session.clock.increment(30_000);
  assert.deepEqual(session.told.at(-1), { type: 'socket.close', reason: 'connect_timeout' });

  session.clock.increment(15_000);

  assert.match(session.state, /backingOff/);
  session.clock.increment(minute);
  assert.match(session.state, /queueing/);
});

test('a session that is stopped does not wait for a connection that does not end', async () => {
  const session = new ScriptedSession();
  await session.connect();

  session.send({ type: 'session.stop', requestId: 'stop' });
  session.clock.increment(15_000);
  await session.end('recordInactive');

  assert.equal(replyTo(session, 'stop'), 'ok');
});

test('the close timeout of a connection that has ended does not affect the next one', async () => {
  const session = new ScriptedSession();
  session.send({ type: 'login.granted' });
  session.clock.increment(30_000);
  session.close('connect_timeout');
  session.clock.increment(session.retryInMs ?? 0);
  await session.connect();
  await settled();

  session.clock.increment(15_000);

  assert.equal(session.status, 'connected');
});

test('requesting a code starts linking again, however often that was done before', async () => {
  const session = new ScriptedSession({ account: null, resting: { status: 'stopped', reason: null, retryAt: null } });
  const link = async (end: CloseReason): Promise<void> => {
    session.send({ type: 'session.qr', requestId: 'qr' });
    await session.end('recordStart');
    session.send({ type: 'login.granted' });
    session.close(end);
  };
  for (let time = 0; time < 12; time += 1) {
    await link('qr_expired');
    await session.end('recordInactive');
  }

  await link('connection_lost');

  assert.ok((session.retryInMs ?? 120_000) < 1_000, `it waits ${session.retryInMs} ms`);
});
