import type { SessionContext } from '../session/context.ts';

/** A delayed event of the machine. */
export interface Timer {
  event: string;
  /** Epoch milliseconds. */
  dueAt: number;
}

/**
 * The part of a session's context that inspectors see: an allow-list of counters, times and words from fixed lists. Never
 * a message, a key, a code to link with, or an identity. Times are epoch milliseconds.
 */
export interface RedactedContext {
  reason: string | null;
  /** The inactive status that the session has or is about to get; null while it is meant to run. */
  inactive: string | null;
  isLinked: boolean;
  queue: SessionContext['queue'];
  offlineSync: SessionContext['offlineSync'];
  /** Connections lost or failed in a row. */
  failures: number;
  nextAttemptAt: number | null;
  activeAt: number | null;
  qrExpiresAt: number | null;
  awaitsPairingCode: boolean;
  /** How far the proof of a passkey has come; null while none is asked for. */
  passkeyStage: string | null;
  passkeyExpiresAt: number | null;
  /** Until when synchronous sends are refused by the rate limit. */
  limitedUntil: number | null;
  /** How long the queue waits for a token, in ms. */
  paceMs: number | null;
  waitingSends: number;
  pendingActions: number;
  runningActions: number;
  /** Starts and stops that are not answered yet. */
  waitingForTransition: number;
  /** The send in progress. */
  current: { outboxId: string; attempts: number; unanswered: number; isAwaited: boolean } | null;
  timers: readonly Timer[];
}

export function redactedContext(context: SessionContext, timers: readonly Timer[]): RedactedContext {
  const { reason, inactive, account, queue, offlineSync, history, activeAt, qr, limit, paceMs } = context;
  return {
    reason,
    queue,
    offlineSync,
    activeAt,
    paceMs,
    timers,
    inactive: inactive?.status ?? null,
    isLinked: account !== null,
    failures: history.failures,
    nextAttemptAt: context.retryAt ?? inactive?.retryAt ?? null,
    qrExpiresAt: qr?.expiresAt ?? null,
    awaitsPairingCode: context.codeRequest !== null,
    passkeyStage: context.passkey?.stage ?? null,
    passkeyExpiresAt: context.passkey?.expiresAt ?? null,
    limitedUntil: limit?.until ?? null,
    waitingSends: context.waiting.length,
    pendingActions: context.pendingActions.length,
    runningActions: context.runningActions.length,
    waitingForTransition: context.transitionWaiters.length,
    current: currentOf(context),
  };
}

function currentOf({ current }: SessionContext): RedactedContext['current'] {
  if (current === null) return null;
  const { id: outboxId, attempts, unanswered } = current.row;
  return { outboxId, attempts, unanswered, isAwaited: current.requestId !== null };
}
