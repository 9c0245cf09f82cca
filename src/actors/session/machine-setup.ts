import { and, type EventObject, fromCallback, fromPromise, or, setup, stateIn } from 'xstate';
import { type OutboxRow, takesNoToken } from '../../domain/outbox.ts';
import type { Account, SessionAddress } from '../../domain/session.ts';
import type { LoginCandidate } from '../login/login-priority.ts';
import type { CloseReason, InboundEvent, SocketCommand } from '../socket/port.ts';
import type { Reply, SendCommand } from './commands.ts';
import type {
  Beginning,
  Dispatch,
  Recovery,
  SessionContext,
  SessionEvent,
  SessionInput,
  Settlement,
} from './context.ts';
import type { Inactive, InactiveInput } from './policy/inactive-policy.ts';
import { isInactive, policyByReason } from './policy/reconnect-policy.ts';

/** Sends that may wait in memory for one session; each holds an HTTP request open. */
const maxWaiting = 100;

/** Live actions that may wait or be carried out for one session; each holds an HTTP request open, too. */
const maxActions = 50;

/** Failed connections after which linking is given up; nobody may be there to scan. */
const maxPairingAttempts = 3;

export interface RecoverInput extends SessionAddress {
  /** What this life knows of the send. */
  current: Dispatch | null;
  /** Whether there is no more proof to wait for. */
  mayResend: boolean;
}

/** WhatsApp has to acknowledge a send so quickly, or the connection counts as broken. */
const maxAckMs = 20_000;

/** A rest that ends by itself lasts so long at least; at most what a timer can count. */
const minRestMs = 1_000;
const maxTimerMs = 2 ** 31 - 1;

function unprovided(): never {
  throw new Error('this actor must be provided');
}

/**
 * The session's types, its actor slots (filled in `provide-session-machine.ts`), guards and delays.
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
    /** Holds the connection; see `socket/port.ts`. */
    socket: fromCallback<SocketCommand, SessionAddress>(unprovided),
    /**
     * Waits for a place among the logins in progress, tells `admission.granted` or at once `admission.refused`, and
     * frees the place when stopped.
     */
    admission: fromCallback<EventObject, LoginCandidate>(unprovided),
    /** Waits until WhatsApp may take this client again: tells `circuit.scheduled`, and in the end `circuit.passed`. */
    circuit: fromCallback<EventObject, { candidate: LoginCandidate; until: number | null }>(unprovided),
    /** Stores that the session is linked to this account and connected. */
    recordConnected: fromPromise<void, SessionAddress & { account: Account | null }>(unprovided),
    /** Stores that the session is meant to run; `isAsked`: somebody has started it, and it has not come by itself. */
    recordStart: fromPromise<void, SessionAddress & { isAsked: boolean }>(unprovided),
    /**
     * Stores where the session rests; for `logged_out` the credentials are wiped with it. Yields since when it rests, in
     * epoch milliseconds; null when there is nothing to store.
     */
    recordRest: fromPromise<number | null, InactiveInput>(unprovided),
    /** Takes a token and stores a synchronous send as accepted and in flight, in one step. */
    beginSend: fromPromise<Beginning, { current: Dispatch | null }>(unprovided),
    /** The same for the send that is next in the queue. */
    dequeueSend: fromPromise<Beginning, SessionAddress>(unprovided),
    /** Decides about the send that an earlier connection or life left in flight, and stores a further attempt. */
    recoverSend: fromPromise<Recovery, RecoverInput>(unprovided),
    /** Stores what WhatsApp tells, in order, with the events for readers; tells `store.failed` when it cannot. */
    recorder: fromCallback<InboundEvent, SessionAddress>(unprovided),
    /** Stores how a send ended and clears the flight; yields the row as it is then. */
    completeSend: fromPromise<OutboxRow, { row: OutboxRow | undefined; settlement: Settlement | null }>(unprovided),
  },
  guards: {
    isLinked: ({ context }) => context.account !== null,
    isUnlinked: ({ context }) => context.account === null,
    isWaitingFull: ({ context }) => context.waiting.length >= maxWaiting,
    areActionsFull: ({ context: { held, performing } }) => held.length + performing.length >= maxActions,
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
    isBacklogTold: ({ context }) => context.backlog === 'told',
    endsInRest: (_, reason: CloseReason) => isInactive(policyByReason[reason]),
    isMeantToRun: ({ context }) => context.rest === null,
    restsAs: ({ context }, status: Inactive['status']) => context.rest?.status === status,
    isOutdated: ({ context }) => context.rest?.reason === 'client_outdated',
    comesBack: ({ context }) => context.rest !== null && context.rest.retryAt !== null,
    mayRequestCode: ({ context }) => context.account === null && context.codeRequest === null,
    mustUnlink: ({ context }) => context.rest?.reason === 'unlinked',
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
      stateIn({ delivery: 'unsettled' }),
      stateIn({ delivery: 'gathering' }),
    ]),
    mayBegin: and([
      stateIn({ lifecycle: { online: 'connected' } }),
      ({ context }: { context: SessionContext }) => context.waiting.length > 0,
    ]),
    mayDequeue: and([
      stateIn({ lifecycle: { online: 'connected' } }),
      ({ context }: { context: SessionContext }) => context.queue !== 'empty',
    ]),
    isHeld: ({ context }, requestId: string) => context.held.some((each) => each.requestId === requestId),
    isPerforming: ({ context }, requestId: string) => context.performing.includes(requestId),
    isBegun: (_, beginning: Beginning) => beginning.kind === 'begun',
    isLimited: (_, beginning: Beginning) => beginning.kind === 'limited',
    isUnknown: (_, beginning: Beginning) => beginning.kind === 'unknown',
    isExempt: (_, command: SendCommand) => takesNoToken(command.row.content),
    mayUnlink: and([
      or([
        stateIn({ delivery: 'idle' }),
        stateIn({ delivery: 'pacing' }),
        stateIn({ delivery: 'unsettled' }),
        stateIn({ delivery: 'gathering' }),
      ]),
      ({ context }: { context: SessionContext }) => context.rest?.reason === 'unlinked',
    ]),
    /** Nobody will settle this send soon, and its caller still waits. */
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
    rest: ({ context: { rest, now } }) => Math.min(Math.max(minRestMs, (rest?.retryAt ?? now) - now), maxTimerMs),
    sendTimeout: ({ context }) => Math.min(context.sendTimeoutMs, maxAckMs),
    pace: ({ context }) => context.paceMs ?? 0,
    limit: ({ context }) => context.limit?.forMs ?? 0,
  },
});
