import { and, type EventObject, fromCallback, fromPromise, or, setup, stateIn } from 'xstate';
import { type OutboxRow, takesNoToken } from '../../domain/outbox.ts';
import type { PasskeyStage } from '../../domain/passkey.ts';
import type { Account, SessionAddress } from '../../domain/session.ts';
import type { CloseReason, InboundEvent, SocketCommand } from '../socket/port.ts';
import type { Reply, SendCommand } from './commands.ts';
import type {
  Beginning,
  Dispatch,
  RecoverInput,
  Recovery,
  SessionContext,
  SessionEvent,
  SessionInput,
} from './context.ts';
import type { LoginCandidate } from './login-candidate.ts';
import type { Inactive, InactiveInput } from './policy/inactive-policy.ts';
import { isInactive, policyByReason } from './policy/reconnect-policy.ts';
import type { Settlement } from './policy/settled-row.ts';

/** Synchronous sends that may wait for one session; each keeps an HTTP request open. */
const maxWaiting = 100;

/** Live actions that may be pending or running for one session; each keeps an HTTP request open. */
const maxActions = 50;

/** Failed connections after which linking is given up: there may be no one to scan the code. */
const maxPairingAttempts = 3;

/** Without an acknowledgement for this long the connection counts as broken. */
const maxAckMs = 20_000;

/** Bounds of the wait until an inactive session connects by itself; the upper one is that of timers. */
const minInactiveMs = 1_000;
const maxTimerMs = 2 ** 31 - 1;

function unprovided(): never {
  throw new Error('this actor must be provided');
}

/**
 * The session's types, its actor slots (filled in `runtime/session-runtime.ts`), guards and delays.
 * `send-actions.ts` adds the actions.
 */
export const machineSetup = setup({
  types: {
    context: {} as SessionContext,
    events: {} as SessionEvent,
    input: {} as SessionInput,
    emitted: {} as Reply,
    children: {} as { socket: 'socket'; recorder: 'recorder' },
  },
  actors: {
    /** Owns the connection; see `socket/port.ts`. */
    socket: fromCallback<SocketCommand, SessionAddress>(unprovided),
    /**
     * Waits for a slot among the logins in progress; sends `login.granted`, or `login.refused` at once. Releases the slot
     * when stopped.
     */
    login: fromCallback<EventObject, LoginCandidate>(unprovided),
    /** Waits until WhatsApp may accept this client again: sends `breaker.scheduled`, and `breaker.passed` at the end. */
    breaker: fromCallback<EventObject, { candidate: LoginCandidate; until: number | null }>(unprovided),
    /** Stores that the session is linked to this account and connected. */
    recordConnected: fromPromise<void, SessionAddress & { account: Account | null }>(unprovided),
    /** Stores that the session is meant to run; `isRequested`: by a request, not because its wait is over. */
    recordStart: fromPromise<void, SessionAddress & { isRequested: boolean }>(unprovided),
    /**
     * Stores the inactive state; for `logged_out` it wipes the credentials, too. Yields since when the session is
     * inactive, in epoch milliseconds; null when there is nothing to store.
     */
    recordInactive: fromPromise<number | null, InactiveInput>(unprovided),
    /** Takes a token and stores a synchronous send as accepted and in flight, in one step. */
    beginSend: fromPromise<Beginning, { current: Dispatch | null }>(unprovided),
    /** The same for the send that is next in the queue. */
    dequeueSend: fromPromise<Beginning, SessionAddress>(unprovided),
    /** Decides about a send that an earlier connection or process left in flight, and stores a further attempt. */
    recoverSend: fromPromise<Recovery, RecoverInput>(unprovided),
    /** Stores inbound events in order, and appends them to the event log; sends `store.failed` when it cannot. */
    recorder: fromCallback<InboundEvent, SessionAddress>(unprovided),
    /** Stores how a send ended; yields the row as stored. */
    completeSend: fromPromise<OutboxRow, { row: OutboxRow | undefined; settlement: Settlement | null }>(unprovided),
  },
  guards: {
    isLinked: ({ context }) => context.account !== null,
    isUnlinked: ({ context }) => context.account === null,
    isWaitingFull: ({ context }) => context.waiting.length >= maxWaiting,
    areActionsFull: ({ context: { pendingActions, runningActions } }) =>
      pendingActions.length + runningActions.length >= maxActions,
    isWaiting: ({ context }, requestId: string) => context.waiting.some((send) => send.requestId === requestId),
    isCurrent: ({ context }, requestId: string) => context.current?.requestId === requestId,
    isCurrentMessage: ({ context }, waMessageId: string) => context.current?.row.waMessageId === waMessageId,
    isRefusedAtOnce: ({ context: { current } }, waMessageId: string) =>
      current?.row.waMessageId === waMessageId && current.row.attempts === 1,
    hasQr: ({ context }) => context.qr !== null,
    isCodeRequest: ({ context }, requestId: string) => context.codeRequest?.requestId === requestId,
    isLoggedOutBy: (_, reason: CloseReason) => policyByReason[reason] === 'logged_out',
    pairingIsExhausted: ({ context }, reason: CloseReason) =>
      policyByReason[reason] === 'retry' && context.history.failures + 1 >= maxPairingAttempts,
    foundNone: (_, { kind }: Recovery) => kind === 'none',
    foundUndecided: (_, { kind }: Recovery) => kind === 'undecided',
    foundProven: (_, { kind }: Recovery) => kind === 'proven',
    foundExhausted: (_, { kind }: Recovery) => kind === 'exhausted',
    isOfflineSyncDone: ({ context }) => context.offlineSync === 'done',
    endsInactive: (_, reason: CloseReason) => isInactive(policyByReason[reason]),
    isMeantToRun: ({ context }) => context.inactive === null,
    isInactiveAs: ({ context }, status: Inactive['status']) => context.inactive?.status === status,
    isOutdated: ({ context }) => context.inactive?.reason === 'client_outdated',
    retriesLater: ({ context }) => context.inactive !== null && context.inactive.retryAt !== null,
    mayRequestCode: ({ context }) => context.account === null && context.codeRequest === null,
    isPasskeyAwaited: ({ context: { passkey, passkeyRequest } }, stage: PasskeyStage) =>
      passkey?.stage === stage && passkeyRequest === null,
    isPasskeyRequest: ({ context }, requestId: string) => context.passkeyRequest === requestId,
    mustUnlink: ({ context }) => context.inactive?.reason === 'unlinked',
    isOnline: or([
      stateIn({ lifecycle: { online: 'connected' } }),
      stateIn({ lifecycle: { online: 'rateLimited' } }),
      stateIn({ lifecycle: { online: { draining: 'finishing' } } }),
    ]),
    isResolving: stateIn({ lifecycle: { online: { connecting: { resolving: 'settling' } } } }),
    isSettled: or([stateIn({ delivery: 'idle' }), stateIn({ delivery: 'pacing' })]),
    isEnding: stateIn({ lifecycle: { online: 'draining' } }),
    hasNothingOnTheWire: or([
      stateIn({ delivery: 'idle' }),
      stateIn({ delivery: 'pacing' }),
      stateIn({ delivery: 'deferred' }),
      stateIn({ delivery: 'unsettled' }),
      stateIn({ delivery: 'gathering' }),
    ]),
    mayBegin: and([
      stateIn({ lifecycle: { online: 'connected' } }),
      ({ context }: { context: SessionContext }) => context.waiting.length > 0,
    ]),
    mayDequeue: and([
      stateIn({ lifecycle: { online: 'connected' } }),
      ({ context }: { context: SessionContext }) => context.queue !== 'empty' && !context.isQueueHeld,
    ]),
    isPendingAction: ({ context }, requestId: string) =>
      context.pendingActions.some((each) => each.requestId === requestId),
    isRunningAction: ({ context }, requestId: string) => context.runningActions.includes(requestId),
    isBegun: (_, beginning: Beginning) => beginning.kind === 'begun',
    isLimited: (_, beginning: Beginning) => beginning.kind === 'limited',
    isRestricted: (_, beginning: Beginning) => beginning.kind === 'restricted',
    hasSetAside: ({ context }) => context.hasSetAside,
    isUnknown: (_, beginning: Beginning) => beginning.kind === 'unknown',
    isExempt: (_, command: SendCommand) => takesNoToken(command.row.content),
    mayUnlink: and([
      or([
        stateIn({ delivery: 'idle' }),
        stateIn({ delivery: 'pacing' }),
        stateIn({ delivery: 'deferred' }),
        stateIn({ delivery: 'unsettled' }),
        stateIn({ delivery: 'gathering' }),
      ]),
      ({ context }: { context: SessionContext }) => context.inactive?.reason === 'unlinked',
    ]),
    /** The send is not settled soon, and its caller still waits. */
    isAbandoned: and([
      or([
        stateIn({ lifecycle: 'settling' }),
        stateIn({ lifecycle: 'stopped' }),
        stateIn({ lifecycle: 'loggedOut' }),
        stateIn({ lifecycle: 'failed' }),
      ]),
      ({ context }: { context: SessionContext }) => (context.current?.requestId ?? null) !== null,
    ]),
  },
  delays: {
    backoff: ({ context: { retryAt, now } }) => Math.max(0, (retryAt ?? now) - now),
    retry: ({ context: { inactive, now } }) =>
      Math.min(Math.max(minInactiveMs, (inactive?.retryAt ?? now) - now), maxTimerMs),
    sendTimeout: ({ context }) => Math.min(context.sendTimeoutMs, maxAckMs),
    passkey: ({ context: { passkey, now } }) => Math.max(0, (passkey?.expiresAt ?? now) - now),
    defer: ({ context }) => context.deferMs,
    pace: ({ context }) => context.paceMs ?? 0,
    limit: ({ context }) => context.limit?.forMs ?? 0,
  },
});
