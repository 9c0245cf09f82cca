import { assign, cancel, enqueueActions, sendTo } from 'xstate';
import type { Requester } from '../../domain/principal.ts';
import type { Account } from '../../domain/session.ts';
import type { CloseReason } from '../socket/port.ts';
import { machineSetup } from './machine-setup.ts';
import { nextRoll } from './policy/backoff.ts';
import { type End, type Inactive, inactiveAfter } from './policy/inactive-policy.ts';
import { dialled, noHistory, opened, restarted, retryAfter } from './policy/reconnect-policy.ts';

/** A connection that does not report its end this long after it was asked to close is given up; it should take 6 s. */
const closeTimeoutMs = 15_000;
const closeTimeout = 'socket.closeTimeout';

/**
 * {@link machineSetup}, and the actions on the connection: commands to the socket, and the bookkeeping for the reconnect
 * policy.
 */
export const connectionActions = machineSetup.extend({
  actions: {
    /** Stores the time. It comes from outside, so this must be provided like an actor. */
    readClock: assign((): { now: number } => {
      throw new Error('the clock must be provided');
    }),
    recordDial: assign(({ context: { history, now } }) => ({ history: dialled(history, now) })),
    recordOpened: assign(({ context: { history, now } }) => ({ history: opened(history, now) })),
    scheduleRetry: assign(({ context }, reason: CloseReason) => {
      const { seed, roll } = nextRoll(context.seed);
      return { seed, ...retryAfter(context.history, reason, context.now, roll) };
    }),
    setAccount: assign((_, account: Account) => ({ account })),
    setInactive: assign((_, inactive: Inactive) => ({ inactive, reason: inactive.reason })),
    setRequester: assign((_, requester: Requester) => ({ requester })),
    recordEnd: assign(({ context: { history, now } }, end: End) => ({
      ...inactiveAfter(history, end, now),
      reason: end.reason,
    })),
    /** When an inactive session connects by itself, in epoch milliseconds; null: now. */
    setRetryAt: assign(({ context: { inactive, now } }, at: number | null) =>
      inactive === null ? {} : { inactive: { ...inactive, retryAt: at ?? now } },
    ),
    /** The connection ended before the device could be removed from the account. */
    setStillLinked: assign(({ context: { inactive } }) =>
      inactive?.reason === 'unlinked'
        ? { inactive: { ...inactive, reason: 'unlinked_offline' }, reason: 'unlinked_offline' }
        : {},
    ),
    setInactiveSince: assign((_, inactiveSince: number | null) => ({ inactiveSince })),
    setRunning: assign(({ context: { history } }) => ({
      inactive: null,
      inactiveSince: null,
      reason: null,
      history: restarted(history),
    })),
    setConnected: assign(({ context: { now } }) => ({ reason: null, activeAt: now })),
    clearAccount: assign({ account: null }),
    clearRetry: assign({ retryAt: null }),
    /** A request to start a session follows on a fix, so earlier failures do not count any more. */
    clearHistory: assign({ history: noHistory }),

    openSocket: enqueueActions(({ enqueue }) => {
      enqueue.assign({ offlineSync: 'pending' });
      enqueue.sendTo('socket', { type: 'socket.open' });
    }),
    finishOfflineSync: assign({ offlineSync: 'done' }),
    closeSocket: enqueueActions(({ enqueue }, reason: CloseReason) => {
      enqueue.sendTo('socket', { type: 'socket.close', reason });
      // It may have been asked to close before, and raising an event again under its id does not cancel the earlier timer.
      enqueue.cancel(closeTimeout);
      enqueue.raise({ type: 'socket.closeTimeout' }, { id: closeTimeout, delay: closeTimeoutMs });
    }),
    cancelCloseTimeout: cancel(closeTimeout),
    unlink: sendTo('socket', { type: 'socket.unlink' }),
  },
});
