import type { SessionContext } from '../session/context.ts';

/** A delayed event that the machine waits for. */
export interface Timer {
  event: string;
  /** Epoch milliseconds. */
  dueAt: number;
}

/**
 * What an inspector sees of a session's context: an allow-list. Counters, times and words out of fixed lists; never a
 * message, a key, a code to link with, nor who somebody is. Times are epoch milliseconds.
 */
export interface RedactedContext {
  reason: string | null;
  /** Where the session rests or is about to rest; null while it is meant to run. */
  rest: string | null;
  isLinked: boolean;
  queue: SessionContext['queue'];
  backlog: SessionContext['backlog'];
  /** Connections lost or failed in a row. */
  failures: number;
  nextAttemptAt: number | null;
  activeAt: number | null;
  qrExpiresAt: number | null;
  awaitsPairingCode: boolean;
  /** Until when the rate limit holds synchronous sends off. */
  limitedUntil: number | null;
  /** How long the queue waits for its share of the rate limit, in ms. */
  paceMs: number | null;
  waitingSends: number;
  waitingActions: number;
  runningActions: number;
  waitingForRest: number;
  /** The send that is being carried out. */
  current: { outboxId: string; attempts: number; unanswered: number; isAwaited: boolean } | null;
  timers: readonly Timer[];
}

export function redactedContext(context: SessionContext, timers: readonly Timer[]): RedactedContext {
  const { reason, rest, account, queue, backlog, history, activeAt, qr, limit, paceMs } = context;
  return {
    ...{ reason, queue, backlog, activeAt, paceMs, timers },
    rest: rest?.status ?? null,
    isLinked: account !== null,
    failures: history.failures,
    nextAttemptAt: context.retryAt ?? rest?.retryAt ?? null,
    qrExpiresAt: qr?.expiresAt ?? null,
    awaitsPairingCode: context.codeRequest !== null,
    limitedUntil: limit?.until ?? null,
    waitingSends: context.waiting.length,
    waitingActions: context.held.length,
    runningActions: context.performing.length,
    waitingForRest: context.enders.length,
    current: currentOf(context),
  };
}

function currentOf({ current }: SessionContext): RedactedContext['current'] {
  if (current === null) return null;
  const { id: outboxId, attempts, unanswered } = current.row;
  return { outboxId, attempts, unanswered, isAwaited: current.requestId !== null };
}
