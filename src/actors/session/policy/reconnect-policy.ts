import type { InactiveStatus } from '../../../domain/session.ts';
import type { CloseReason } from '../../socket/port.ts';
import { backoffMs } from './backoff.ts';
import { budgetMs, withAttempt } from './dial-rate-limit.ts';

/**
 * What follows when a connection ended: `restart` connects again at once, `restartOnce` does so unless it has just
 * done it, `retry` waits with growing back-off, the others rest in that state.
 */
export type ReconnectPolicy = 'restart' | 'restartOnce' | 'retry' | InactiveStatus;

/** The reconnect policy, a row for each reason. `inactive-policy.ts` says which rests end by themselves, and when. */
export const policyByReason = {
  restart_required: 'restartOnce',
  connection_lost: 'retry',
  connection_closed: 'retry',
  server_error: 'retry',
  service_unavailable: 'retry',
  connect_failed: 'retry',
  connect_timeout: 'retry',
  // At most once for each send timeout, and only until the send in doubt is given up: this cannot become a storm.
  ack_timeout: 'restart',
  store_unavailable: 'retry',
  crashed: 'retry',
  pairing_refused: 'retry',
  qr_expired: 'stopped',
  stopped: 'stopped',
  logged_out: 'logged_out',
  locked: 'logged_out',
  banned: 'logged_out',
  replaced: 'failed',
  client_outdated: 'failed',
  multi_device_mismatch: 'failed',
  credentials_unreadable: 'failed',
  temporarily_banned: 'failed',
} as const satisfies Record<CloseReason, ReconnectPolicy>;

/** Whether a connection that ended with this verdict is not followed by another one at once or after a back-off. */
export function isInactive(verdict: ReconnectPolicy): verdict is InactiveStatus {
  return verdict !== 'restart' && verdict !== 'restartOnce' && verdict !== 'retry';
}

/** What a session remembers of its connections, to decide when the next one is due. Times are epoch milliseconds. */
export interface History {
  /** Connections lost or failed in a row, since one that was stable. */
  failures: number;
  /** Restarts that WhatsApp has asked for in a row. */
  restarts: number;
  /** Connections in a row that WhatsApp ended with a server error right after the login. */
  serverErrors: number;
  /** When the latest connections were dialled, oldest first. */
  dialledAt: readonly number[];
  /** When the present connection was logged in; null while there is none. */
  openedAt: number | null;
  /** When the number was last found to be used elsewhere. */
  replacedAt: number | null;
}

export const noHistory: History = {
  failures: 0,
  restarts: 0,
  serverErrors: 0,
  dialledAt: [],
  openedAt: null,
  replacedAt: null,
};

/** A connection is being dialled. */
export function dialled(history: History, now: number): History {
  return { ...history, dialledAt: withAttempt(history.dialledAt, now) };
}

/** The connection is logged in. */
export function opened(history: History, now: number): History {
  return { ...history, openedAt: now };
}

/** The session runs again after a rest. */
export function restarted({ dialledAt, replacedAt }: History): History {
  return { ...noHistory, dialledAt, replacedAt };
}

/** How long a connection must last before earlier failures are forgotten. */
const stableMs = 30_000;

/** After so many server errors right after the login something is wrong with the number, and haste does not help. */
const maxServerErrors = 3;
const suspectMs = 5 * 60_000;

/** When a session that was lost connects again, why it waits, and what is remembered. `roll` is in [0, 1). */
export function retryAfter(
  before: History,
  reason: CloseReason,
  now: number,
  roll: number,
): { history: History; reason: string; retryAt: number } {
  const history = ended(before, reason, now);
  const waitMs = waitAfter(history, reason, roll);
  const isSuspect = reason === 'server_error' && history.serverErrors >= maxServerErrors;
  return {
    history: counted(history, reason),
    reason: isSuspect ? 'server_error_repeated' : reason,
    retryAt: now + Math.max(waitMs, budgetMs(history.dialledAt, now, waitMs === 0 ? 'restart' : 'retry')),
  };
}

/** The connection is over: what it has proven by lasting, or by not lasting. */
function ended(history: History, reason: CloseReason, now: number): History {
  const lastedMs = history.openedAt === null ? 0 : now - history.openedAt;
  const lasting = lastedMs >= stableMs ? { ...history, failures: 0, restarts: 0 } : history;
  return { ...lasting, openedAt: null, serverErrors: serverErrorsAfter(history, reason, lastedMs) };
}

/** An attempt that was never logged in says nothing about the number. */
function serverErrorsAfter({ openedAt, serverErrors }: History, reason: CloseReason, lastedMs: number): number {
  if (openedAt === null) return serverErrors;
  return reason === 'server_error' && lastedMs < stableMs ? serverErrors + 1 : 0;
}

function waitAfter({ failures, restarts, serverErrors }: History, reason: CloseReason, roll: number): number {
  const verdict: ReconnectPolicy = policyByReason[reason];
  if (verdict === 'restart' || (verdict === 'restartOnce' && restarts === 0)) return 0;
  // Spread a little, so that sessions that fell together do not come back together.
  if (reason === 'server_error' && serverErrors >= maxServerErrors) return Math.floor(suspectMs * (1 + roll / 10));
  return backoffMs(failures, roll);
}

/** A first restart is what WhatsApp asks for, and no failure. */
function counted(history: History, reason: CloseReason): History {
  const verdict: ReconnectPolicy = policyByReason[reason];
  if (verdict === 'restart') return history;
  const failures = history.failures + (verdict === 'restartOnce' && history.restarts === 0 ? 0 : 1);
  return { ...history, failures, restarts: history.restarts + (verdict === 'restartOnce' ? 1 : 0) };
}
