import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OutboxRow } from '../../../src/domain/outbox.ts';
import { account, ScriptedSession, settled, textCommand, textRow } from '../../support/scripted-session.ts';

/** The code of the only reply to a request, or `ok`. */
function replyTo(session: ScriptedSession, requestId: string): string | undefined {
  const [reply, ...more] = session.replies.filter((each) => each.requestId === requestId);
  assert.deepEqual(more, []);
  if (reply === undefined) return undefined;
  return reply.outcome.ok ? 'ok' : reply.outcome.refusal.code;
}

test('a linked session connects: it waits for its turn to log in, dials, records that it is connected', async () => {
  const session = new ScriptedSession();

  assert.deepEqual(session.told, []);
  session.send({ type: 'login.granted' });
  assert.deepEqual(session.told, [{ type: 'socket.open' }]);
  session.send({ type: 'socket.opened', account });
  await session.end('recordConnected');
  await session.end('recoverSend');

  assert.equal(session.status, 'connected');
});

test('a send is stored before it is handed to the socket, and answered when its result is stored', async () => {
  const session = new ScriptedSession();
  await session.connect();
  const command = textCommand('send');

  session.send(command);
  assert.ok(!session.told.some(({ type }) => type === 'socket.send'), 'not told before it is stored');
  await session.end('beginSend');
  assert.ok(session.told.some(({ type }) => type === 'socket.send'));
  session.send({ type: 'socket.acknowledged', waMessageId: command.row.waMessageId, timestamp: 5 });
  assert.equal(replyTo(session, 'send'), undefined, 'not answered before the result is stored');
  await session.end('completeSend');

  assert.equal(replyTo(session, 'send'), 'ok');
});

test('a send that cannot be stored is not sent, and the session goes offline until the store works again', async () => {
  const session = new ScriptedSession();
  await session.connect();

  session.send(textCommand('send'));
  await session.end('beginSend', 'fail');

  assert.equal(replyTo(session, 'send'), 'unavailable');
  assert.ok(!session.told.some(({ type }) => type === 'socket.send'));
  assert.deepEqual(session.told.at(-1), { type: 'socket.close', reason: 'store_unavailable' });
  session.send({ type: 'socket.closed', reason: 'store_unavailable' });
  session.send(textCommand('next'));
  session.clock.increment(1_000);
  await session.connect();
  assert.ok(session.pending.includes('beginSend'));
});

test('a send that may have been stored although the store failed is answered when its outcome is known', async () => {
  const session = new ScriptedSession();
  await session.connect();
  const [begun, never] = [textCommand('begun'), textCommand('never begun')];
  session.beginning = { kind: 'unknown' };

  for (const { command, inDoubt } of [
    { command: begun, inDoubt: begun.row },
    { command: never, inDoubt: null },
  ]) {
    session.inDoubt = inDoubt;
    session.send(command);
    await session.end('beginSend');
    assert.equal(replyTo(session, command.requestId), undefined);
    session.send({ type: 'socket.closed', reason: 'store_unavailable' });
    session.clock.increment(10_000);
    await session.connect();
    if (inDoubt === null) continue;
    session.send({ type: 'socket.caughtUp' });
    await session.end('recoverSend');
    session.send({ type: 'socket.acknowledged', waMessageId: inDoubt.waMessageId, timestamp: 5 });
    await session.end('completeSend');
  }

  assert.equal(replyTo(session, 'begun'), 'ok');
  assert.equal(replyTo(session, 'never begun'), 'unavailable');
});

test('the acknowledgement of another message does not settle the send', async () => {
  const session = new ScriptedSession();
  await session.connect();
  session.send(textCommand('send'));
  await session.end('beginSend');

  session.send({ type: 'socket.acknowledged', waMessageId: 'another', timestamp: 5 });

  assert.equal(JSON.parse(session.state).delivery, 'sending');
});

test('the result of a send is recorded even if the connection is lost meanwhile and the store fails at first', async () => {
  const session = new ScriptedSession();
  await session.connect();
  const command = textCommand('send');
  session.send(command);
  await session.end('beginSend');
  session.send({ type: 'socket.acknowledged', waMessageId: command.row.waMessageId, timestamp: 5 });

  session.send({ type: 'socket.closed', reason: 'connection_lost' });
  await session.end('completeSend', 'fail');
  session.clock.increment(1_000);
  await session.end('completeSend');

  assert.equal(replyTo(session, 'send'), 'ok');
});

test('a send that waits for a reconnect is refused at its deadline as not connected, and never sent', async () => {
  const session = new ScriptedSession();
  await session.connect();
  session.send({ type: 'socket.closed', reason: 'connection_lost' });

  session.send(textCommand('send'));
  assert.equal(replyTo(session, 'send'), undefined);
  session.clock.increment(30_000);

  assert.equal(replyTo(session, 'send'), 'not_implemented');
  assert.deepEqual(session.actor.getSnapshot().context.waiting, []);
});

test('a connection that takes too long is closed, and tried again after a back-off', () => {
  const session = new ScriptedSession();
  session.send({ type: 'login.granted' });

  session.clock.increment(30_000);
  assert.deepEqual(session.told.at(-1), { type: 'socket.close', reason: 'connect_timeout' });
  session.send({ type: 'socket.closed', reason: 'connect_timeout' });

  assert.equal(session.status, 'connecting');
  const { retryInMs } = session;
  assert.equal(session.actor.getSnapshot().context.reason, 'connect_timeout');
  assert.ok(retryInMs !== null && retryInMs < 1_000);
  session.clock.increment(retryInMs);
  assert.match(session.state, /queueing/);
});

test('failures in a row lengthen the back-off, and a connection of half a minute resets them', async () => {
  const session = new ScriptedSession();
  const lose = () => session.send({ type: 'socket.closed', reason: 'connection_lost' });
  await session.connect();
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    lose();
    assert.equal(session.actor.getSnapshot().context.history.failures, attempt);
    session.clock.increment(60_000);
    await session.connect();
  }

  session.clock.increment(30_000);
  lose();

  assert.equal(session.actor.getSnapshot().context.history.failures, 1);
});

test('linking that is not completed stops after three lost connections', () => {
  const session = new ScriptedSession({ account: null });
  for (let attempt = 0; attempt < 3; attempt += 1) {
    session.send({ type: 'login.granted' });
    session.send({ type: 'socket.qr', code: 'code', expiresAt: 1 });
    session.send({ type: 'socket.closed', reason: 'connection_lost' });
    session.clock.increment(60_000);
  }

  assert.match(session.state, /settling/);
  assert.deepEqual(session.actor.getSnapshot().context.inactive, {
    status: 'stopped',
    reason: 'connection_lost',
    retryAt: null,
  });
});

test('a session that is stopped finishes the send in flight first', async () => {
  const session = new ScriptedSession();
  await session.connect();
  const command = textCommand('send');
  session.send(command);
  await session.end('beginSend');

  session.send({ type: 'session.stop', requestId: 'stop' });
  assert.equal(session.status, 'draining');
  assert.ok(!session.told.some(({ type }) => type === 'socket.close'));
  session.send({ type: 'socket.acknowledged', waMessageId: command.row.waMessageId, timestamp: 5 });
  await session.end('completeSend');
  session.send({ type: 'socket.closed', reason: 'stopped' });
  await session.end('recordInactive');

  assert.equal(replyTo(session, 'send'), 'ok');
  assert.equal(replyTo(session, 'stop'), 'ok');
  assert.equal(session.status, 'stopped');
});

test('a socket actor that breaks is replaced after a back-off', async () => {
  const session = new ScriptedSession({ breakingSocket: true });
  session.send({ type: 'login.granted' });
  await settled();

  assert.match(session.state, /backingOff/);
  assert.equal(session.actor.getSnapshot().context.reason, 'crashed');
  session.clock.increment(60_000);
  assert.match(session.state, /queueing/);
});

/** A session that has logged in again and finds this send in flight. */
async function reconnected(inDoubt: OutboxRow): Promise<ScriptedSession> {
  const session = new ScriptedSession({ inDoubt });
  session.send({ type: 'login.granted' });
  session.send({ type: 'socket.opened', account });
  await session.end('recordConnected');
  await session.end('recoverSend');
  return session;
}

function sentIds(session: ScriptedSession): string[] {
  return session.told.flatMap((command) => (command.type === 'socket.send' ? [command.waMessageId] : []));
}

test('a send in doubt is resent, under its id, only after the offline messages', async () => {
  const row = { ...textRow('async'), attempts: 1 };
  const session = await reconnected(row);

  assert.deepEqual(sentIds(session), []);
  assert.equal(session.status, 'connecting');
  session.send({ type: 'socket.caughtUp' });
  await session.end('recoverSend');

  assert.deepEqual(sentIds(session), [row.waMessageId]);
});

test('a send in doubt that an offline receipt proves is settled without being resent', async () => {
  const row = { ...textRow('async'), attempts: 1 };
  const session = await reconnected(row);

  session.inDoubt = { ...row, early: { status: 'delivered', timestamp: 7 } };
  session.send({ type: 'socket.caughtUp' });
  await session.end('recoverSend');
  await session.end('completeSend');

  assert.deepEqual(sentIds(session), []);
  assert.equal(session.status, 'connected');
});

test('without the end of the offline messages a send in doubt is resent after ten seconds', async () => {
  const row = { ...textRow('async'), attempts: 1 };
  const session = await reconnected(row);

  session.clock.increment(9_999);
  assert.deepEqual(session.pending, []);
  session.clock.increment(1);
  await session.end('recoverSend');

  assert.deepEqual(sentIds(session), [row.waMessageId]);
});

test('offline messages of one connection do not count for the next one', async () => {
  const row = { ...textRow('async'), attempts: 1 };
  const session = await reconnected(row);
  session.send({ type: 'socket.caughtUp' });
  await session.end('recoverSend');

  session.send({ type: 'socket.closed', reason: 'connection_lost' });
  session.clock.increment(60_000);
  session.send({ type: 'login.granted' });
  session.send({ type: 'socket.opened', account });
  await session.end('recordConnected');
  await session.end('recoverSend');

  assert.match(session.state, /gathering/);
});

test('when the store fails, sends that wait are refused at once, and no attempt to connect is counted', async () => {
  const session = new ScriptedSession();
  session.send(textCommand('send'));

  for (let failures = 0; failures < 5; failures += 1) session.send({ type: 'store.failed' });

  assert.equal(replyTo(session, 'send'), 'unavailable');
  assert.deepEqual([session.status, session.told], ['connecting', []]);
  await session.connect();
  assert.equal(session.status, 'connected');
});

test('a connection that is asked to close twice does not affect a later one', async () => {
  const session = new ScriptedSession();
  await session.connect();
  for (let failures = 0; failures < 2; failures += 1) session.send({ type: 'store.failed' });
  session.close('store_unavailable');
  session.clock.increment(1_000);
  await session.connect();
  assert.equal(session.status, 'connected');

  session.clock.increment(20_000);

  assert.equal(session.status, 'connected');
});

test('the number of live actions that wait for a connection is bounded', () => {
  const session = new ScriptedSession();
  for (let asked = 0; asked < 50; asked += 1) session.ask('session.perform');

  session.ask('session.perform');

  assert.equal(replyTo(session, 'request 49'), undefined);
  assert.equal(replyTo(session, 'request 50'), 'queue_full');
});

test('a queue of which nothing may be sent is looked through again when there may be news, and after a while', async () => {
  const session = new ScriptedSession();
  await session.connect();
  const refusal = { code: 'unavailable', message: 'no new chats' } as const;
  const limit = { forMs: 60_000, until: 60_000, refusal };
  session.queued.push({ kind: 'restricted', limit }, { kind: 'restricted', limit });
  session.send({ type: 'outbox.review' });
  assert.deepEqual(session.pending, []);
  session.send({ type: 'outbox.queued' });
  await session.end('dequeueSend');
  assert.deepEqual(session.pending, []);

  session.send({ type: 'outbox.review' });
  await session.end('dequeueSend');
  session.clock.increment(59_999);
  assert.deepEqual(session.pending, []);
  session.clock.increment(1);
  assert.deepEqual(session.pending, ['dequeueSend']);
});

test('a synchronous send to a new chat is refused while none may be begun, and the next one begins', async () => {
  const session = new ScriptedSession();
  await session.connect();
  const refusal = { code: 'unavailable', message: 'no new chats' } as const;
  session.beginning = { kind: 'restricted', limit: { forMs: 60_000, until: 60_000, refusal } };
  session.send(textCommand('new'));
  session.send(textCommand('known'));
  await session.end('beginSend');
  session.beginning = null;

  assert.equal(replyTo(session, 'new'), 'unavailable');
  assert.deepEqual(session.pending, ['beginSend']);
});
