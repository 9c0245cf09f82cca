import { assign, cancel, enqueueActions, sendTo } from 'xstate';
import type { Requester } from '../../domain/principal.ts';
import type { Account } from '../../domain/session.ts';
import type { CloseReason } from '../socket/port.ts';
import { machineSetup } from './machine-setup.ts';
import { nextRoll } from './policy/backoff.ts';
import { type End, type Inactive, inactiveAfter } from './policy/inactive-policy.ts';
import { dialled, noHistory, opened, restarted, retryAfter } from './policy/reconnect-policy.ts';

/** A connection that was told to end is given up after that; it cuts itself off well before. */
const closeTimeoutMs = 15_000;
const overdue = 'socket.overdue';

/**
 * {@link machineSetup}, and the actions on the connection: what is told to the socket, and what is noted of its course for
 * the reconnect policy.
 */
export const connectionActions = machineSetup.extend({
  actions: {
    /** Looks up the time. It comes from outside, so this must be provided like an actor. */
    readClock: assign((): { now: number } => {
      throw new Error('the clock must be provided');
    }),
    noteDial: assign(({ context: { history, now } }) => ({ history: dialled(history, now) })),
    noteOpened: assign(({ context: { history, now } }) => ({ history: opened(history, now) })),
    noteLoss: assign(({ context }, reason: CloseReason) => {
      const { seed, roll } = nextRoll(context.seed);
      return { seed, ...retryAfter(context.history, reason, context.now, roll) };
    }),
    noteAccount: assign((_, account: Account) => ({ account })),
    noteRest: assign((_, rest: Inactive) => ({ rest, reason: rest.reason })),
    noteAsker: assign((_, asker: Requester) => ({ asker })),
    noteEnd: assign(({ context: { history, now } }, end: End) => ({
      ...inactiveAfter(history, end, now),
      reason: end.reason,
    })),
    /** When the next attempt of a rest is due; null: now. */
    noteRetry: assign(({ context: { rest, now } }, at: number | null) =>
      rest === null ? {} : { rest: { ...rest, retryAt: at ?? now } },
    ),
    /** The connection ended before the device could be removed from the account. */
    noteStillLinked: assign(({ context: { rest } }) =>
      rest?.reason === 'unlinked' ? { rest: { ...rest, reason: 'unlinked_offline' }, reason: 'unlinked_offline' } : {},
    ),
    noteResting: assign((_, restingSince: number | null) => ({ restingSince })),
    noteRunning: assign(({ context: { history } }) => ({
      ...{ rest: null, restingSince: null, reason: null },
      history: restarted(history),
    })),
    noteConnected: assign(({ context: { now } }) => ({ reason: null, activeAt: now })),
    forgetAccount: assign({ account: null }),
    forgetRetry: assign({ retryAt: null }),
    /** Whoever starts a session has seen to what was wrong: nothing is held against it. */
    forgetHistory: assign({ history: noHistory }),

    openSocket: enqueueActions(({ enqueue }) => {
      enqueue.assign({ backlog: 'expected' });
      enqueue.sendTo('socket', { type: 'socket.open' });
    }),
    noteBacklogTold: assign({ backlog: 'told' }),
    closeSocket: enqueueActions(({ enqueue }, reason: CloseReason) => {
      enqueue.sendTo('socket', { type: 'socket.close', reason });
      // It may have been told to close before: a timer that is raised anew under its id is not called off by itself.
      enqueue.cancel(overdue);
      enqueue.raise({ type: 'socket.overdue' }, { id: overdue, delay: closeTimeoutMs });
    }),
    callOffOverdue: cancel(overdue),
    unlink: sendTo('socket', { type: 'socket.unlink' }),
  },
});
