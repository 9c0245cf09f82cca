import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnyStateNode } from 'xstate';
import type { Limit } from '../../../src/actors/session/context.ts';
import { sessionMachine } from '../../../src/actors/session/machine.ts';
import type { CloseReason } from '../../../src/actors/socket/port.ts';
import { done } from '../../../src/domain/errors.ts';
import type { OutboxRow } from '../../../src/domain/outbox.ts';
import {
  account,
  begun,
  everyCommand,
  type ScriptedOptions,
  ScriptedSession,
  settled,
  textRow,
} from '../../support/scripted-session.ts';

const limit: Limit = {
  forMs: 3_000,
  until: 3_000,
  refusal: { code: 'rate_limited', message: 'too many' },
};

const closeReasons: CloseReason[] = ['restart_required', 'connection_lost', 'logged_out', 'replaced', 'qr_expired'];

const inDoubt: OutboxRow = {
  id: '01M82ZM4JCZTZ88B1PR5GW8GQB',
  organization: 'acme',
  session: 's',
  waMessageId: '3EB000',
  mode: 'sync',
  to: '6281234567890@s.whatsapp.net',
  content: { type: 'text', text: 'from an earlier life', mentions: [], quoted: null },
  idempotency: null,
  account: null,
  status: 'sending',
  timestamp: 0,
  attempts: 2,
  unanswered: 0,
  error: null,
  early: null,
  acceptedAt: 0,
  traceId: null,
};

/** The initial situations of a session. */
const beginnings: Record<string, ScriptedOptions> = {
  linked: {},
  unlinked: { account: null },
  'with a send in doubt': { inDoubt },
  'with a proven send in doubt': { inDoubt: { ...inDoubt, early: { status: 'delivered', timestamp: 1 } } },
  'with a hopeless send in doubt': { inDoubt: { ...inDoubt, attempts: 9 } },
  stopped: { resting: { status: 'stopped', reason: null, retryAt: null } },
  'logged out': { account: null, resting: { status: 'logged_out', reason: 'logged_out', retryAt: null } },
  failed: { resting: { status: 'failed', reason: 'replaced', retryAt: null } },
  'failed for a time': { resting: { status: 'failed', reason: 'temporarily_banned', retryAt: 3_600_000 } },
  'failed as outdated': { resting: { status: 'failed', reason: 'client_outdated', retryAt: 600_000 } },
};

/** Anything that can happen to a session; a move that does not apply leaves it as it is. */
type Move = (session: ScriptedSession) => void | Promise<void>;

const moves: Record<string, Move> = {
  ...Object.fromEntries(everyCommand('').map(({ type }): [string, Move] => [type, (s) => s.ask(type)])),
  granted: (s) => s.send({ type: 'login.granted' }),
  'login refused': (s) => s.send({ type: 'login.refused' }),
  'client accepted again': (s) => s.send({ type: 'breaker.passed' }),
  qr: (s) => s.send({ type: 'socket.qr', code: 'code', expiresAt: 1 }),
  passkey: (s) =>
    s.send({ type: 'socket.passkey', options: { challenge: 'challenge', rpId: 'whatsapp.com' }, expiresAt: 600_000 }),
  'passkey code': (s) => s.send({ type: 'socket.passkeyCode', code: 'ABCD1234', expiresAt: 600_000 }),
  'passkey accepted': (s) => s.send({ type: 'socket.passkeyAnswered', refusal: null }),
  pairingCode: (s) => s.send({ type: 'socket.pairingCode', code: 'ABCD1234', expiresAt: 1 }),
  paired: (s) => s.send({ type: 'socket.paired', account }),
  opened: (s) => s.send({ type: 'socket.opened', account }),
  'caught up': (s) => s.send({ type: 'socket.caughtUp' }),
  acknowledged: (s) => s.send({ type: 'socket.acknowledged', waMessageId: currentMessage(s), timestamp: 1 }),
  deferred: (s) => s.send({ type: 'socket.deferred', waMessageId: currentMessage(s), code: '429' }),
  released: (s) => s.send({ type: 'outbox.released' }),
  refused: (s) => s.send({ type: 'socket.refused', waMessageId: currentMessage(s), code: '463' }),
  ...Object.fromEntries(
    closeReasons.map((reason) => [
      `closed ${reason}`,
      (s: ScriptedSession) => s.send({ type: 'socket.closed', reason }),
    ]),
  ),
  ...Object.fromEntries(
    [
      'recordConnected',
      'recordStart',
      'recordInactive',
      'beginSend',
      'dequeueSend',
      'recoverSend',
      'completeSend',
    ].flatMap((name) =>
      (['succeed', 'fail'] as const).map((how) => [
        `${name} ${how}`,
        (s: ScriptedSession) => endIfPending(s, name, how),
      ]),
    ),
  ),
  queued: (s) => {
    s.queued.push(begun(textRow('async')));
    s.send({ type: 'outbox.queued' });
  },
  'queued without a token': (s) => {
    s.queued.push({ kind: 'limited', limit });
    s.send({ type: 'outbox.queued' });
  },
  'queued to a new chat': (s) => {
    s.queued.push({ kind: 'restricted', limit });
    s.send({ type: 'outbox.queued' });
  },
  'may begin no new chats': (s) => {
    s.beginning = { kind: 'restricted', limit };
  },
  'queue reviewed': (s) => s.send({ type: 'outbox.review' }),
  'out of tokens': (s) => s.send({ type: 'outbox.limited', limit }),
  performed: (s) =>
    s.send({ type: 'socket.performed', requestId: runningAction(s), outcome: done({ kind: 'joined', groupJid: 'g' }) }),
  'a minute passes': (s) => s.clock.increment(60_000),
};

function currentMessage(session: ScriptedSession): string {
  return session.actor.getSnapshot().context.current?.row.waMessageId ?? 'none';
}

function runningAction(session: ScriptedSession): string {
  return session.actor.getSnapshot().context.runningActions[0] ?? 'none';
}

async function endIfPending(session: ScriptedSession, name: string, how: 'succeed' | 'fail'): Promise<void> {
  if (session.pending.includes(name)) await session.end(name, how);
}

async function replay(beginning: ScriptedOptions, path: readonly string[]): Promise<ScriptedSession> {
  const session = new ScriptedSession(beginning);
  await settled();
  for (const name of path) await moves[name]?.(session);
  return session;
}

/** A key of the situation, as far as it decides how commands are answered. */
function situation(session: ScriptedSession): string {
  const { context, children } = session.actor.getSnapshot();
  const {
    account: linked,
    qr,
    codeRequest,
    passkey,
    passkeyRequest,
    waiting,
    current,
    transitionWaiters,
    pendingActions,
    runningActions,
  } = context;
  const running = Object.values(children).filter((child) => child?.getSnapshot().status === 'active').length;
  const facts = [linked !== null, qr !== null, codeRequest !== null, waiting.length > 0, transitionWaiters.length > 0];
  const proof = [passkey?.stage, passkeyRequest !== null];
  const actions = [pendingActions.length > 0, runningActions.length > 0];
  // It matters from dialling until the send in doubt is settled, and belongs to one connection.
  const isAwaited = /dialling|resolving|gathering/.test(session.state) && session.inDoubt !== null;
  const offlineSync = isAwaited ? context.offlineSync : '';
  const looked = session.state.includes('dequeuing') ? session.looked : '';
  const recovery = session.state.includes('recovering') ? session.recovery : '';
  return [
    session.state,
    looked,
    recovery,
    offlineSync,
    ...facts,
    ...proof,
    ...actions,
    current?.requestId != null,
    running,
  ]
    .map(String)
    .join(' ');
}

interface Situation {
  beginning: ScriptedOptions;
  /** The moves that lead there, as few as can be. */
  path: string[];
}

interface Reached {
  situations: Map<string, Situation>;
  /** The paths of all state nodes that a session was seen in. */
  nodes: Set<string>;
}

/** Every situation that can be reached from any beginning. */
async function explore(): Promise<Reached> {
  const found = new Map<string, Situation>();
  const nodes = new Set<string>();
  const frontier: Situation[] = [];
  const note = (session: ScriptedSession, reached: Situation): void => {
    const key = situation(session);
    if (found.has(key)) return;
    found.set(key, reached);
    frontier.push(reached);
    for (const node of session.actor.getSnapshot()._nodes) nodes.add(node.path.join('.'));
  };
  for (const beginning of Object.values(beginnings)) {
    const session = await replay(beginning, []);
    note(session, { beginning, path: [] });
    session.actor.stop();
  }
  for (let next = frontier.shift(); next !== undefined; next = frontier.shift()) await goOnFrom(next, note);
  return { situations: found, nodes };
}

/** Makes every move from a situation, which is replayed after each move that changed something. */
async function goOnFrom(
  { beginning, path }: Situation,
  note: (session: ScriptedSession, reached: Situation) => void,
): Promise<void> {
  let session = await replay(beginning, path);
  let before = traceOf(session);
  for (const [name, move] of Object.entries(moves)) {
    await move(session);
    if (traceOf(session) === before) continue;
    note(session, { beginning, path: [...path, name] });
    session.actor.stop();
    session = await replay(beginning, path);
    before = traceOf(session);
  }
  session.actor.stop();
}

/** Changes whenever anything happens. */
function traceOf(session: ScriptedSession): string {
  const { context } = session.actor.getSnapshot();
  const { told, replies, pending, queued, clock } = session;
  return JSON.stringify([session.state, context, told.length, replies.length, pending, queued.length, clock.now()]);
}

/** The state nodes without children: where a region can be. */
function leaves(node: AnyStateNode = sessionMachine.root): string[] {
  const children = Object.values(node.states);
  return children.length === 0 ? [node.path.join('.')] : children.flatMap(leaves);
}

/** Lets effects end, sockets that were asked to close close, and time pass. */
async function goOn(session: ScriptedSession): Promise<void> {
  for (let round = 0; round < 12; round += 1) {
    for (const name of session.pending) await session.end(name);
    const told = session.told.splice(0);
    if (told.some(({ type }) => type === 'socket.close')) session.send({ type: 'socket.closed', reason: 'stopped' });
    if (told.some(({ type }) => type === 'socket.unlink'))
      session.send({ type: 'socket.closed', reason: 'logged_out' });
    session.clock.increment(15_000);
  }
}

const { situations, nodes } = await explore();

test('every state of the machine can be reached', () => {
  const passing = ['lifecycle.starting', 'lifecycle.settled', 'lifecycle.failed.deciding', 'delivery.begun'];
  assert.deepEqual(
    leaves().filter((leaf) => !nodes.has(leaf)),
    passing,
    'only the states that are left at once may not be seen',
  );
});

test('every command gets exactly one reply in every situation that can be reached', async () => {
  for (const [key, { beginning, path }] of situations) {
    for (const { type } of everyCommand('')) {
      const session = await replay(beginning, path);
      session.ask(type);
      await goOn(session);
      session.actor.stop();
      const answered = session.asked.map((id) => session.replies.filter(({ requestId }) => requestId === id).length);
      assert.ok(
        answered.every((count) => count === 1),
        `${type} in ${key} by ${path.join(', ')}: ${answered.join()} replies`,
      );
    }
  }
});
