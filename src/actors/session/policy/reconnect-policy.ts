import type { InactiveStatus } from '../../../domain/session.ts';
import type { CloseReason } from '../../socket/port.ts';
import { backoffMs } from './backoff.ts';
import { budgetMs, withAttempt } from './dial-rate-limit.ts';

/**
 * What follows the end of a connection: `restart` connects at once, `restartOnce` does so unless it has just done so,
 * `retry` waits with exponential back-off, the others make the session inactive.
 */
export type ReconnectPolicy = 'restart' | 'restartOnce' | 'retry' | InactiveStatus;

/** The policy for each reason. `inactive-policy.ts` decides which inactive sessions connect by themselves, and when. */
export const policyByReason = {
  restart_required: 'restartOnce',
  connection_lost: 'retry',
  connection_closed: 'retry',
  server_error: 'retry',
  stanza_unconfirmed: 'retry',
  service_unavailable: 'retry',
  connect_failed: 'retry',
  connect_timeout: 'retry',
  // At most one for each send timeout, and only until the send in doubt is given up: no reconnect storm.
  ack_timeout: 'restart',
  store_unavailable: 'retry',
  crashed: 'retry',
  pairing_refused: 'retry',
  qr_expired: 'stopped',
  passkey_required: 'stopped',
  passkey_failed: 'stopped',
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

/** Whether the policy makes the session inactive. */
export function isInactive(policy: ReconnectPolicy): policy is InactiveStatus {
  return policy !== 'restart' && policy !== 'restartOnce' && policy !== 'retry';
}

/** The past connections of a session, as far as they decide when the next one is due. Times are epoch milliseconds. */
export interface History {
  /** Connections lost or failed in a row, since one that was stable. */
  failures: number;
  /** Restarts in a row that WhatsApp requested. */
  restarts: number;
  /** Connections in a row that ended with a server error right after the login. */
  serverErrors: number;
  /** When the last connections were dialled, oldest first. */
  dialledAt: readonly number[];
  /** When the current connection was logged in; null while there is none. */
  openedAt: number | null;
  /** When another client last replaced this one. */
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

/** The history when a connection is dialled. */
export function dialled(history: History, now: number): History {
  return { ...history, dialledAt: withAttempt(history.dialledAt, now) };
}

/** The history when a connection is logged in. */
export function opened(history: History, now: number): History {
  return { ...history, openedAt: now };
}

/** The history when an inactive session starts. */
export function restarted({ dialledAt, replacedAt }: History): History {
  return { ...noHistory, dialledAt, replacedAt };
}

/** How long a connection must last before earlier failures are forgotten. */
const stableMs = 30_000;

/** After so many server errors right after the login the number itself is suspect, and quick retries do not help. */
const maxServerErrors = 3;
const suspectMs = 5 * 60_000;

/** When a session connects again after a lost connection, why it waits, and its new history. `roll` is in [0, 1). */
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

/** The history after a connection: one that was stable resets the failures. */
function ended(history: History, reason: CloseReason, now: number): History {
  const lastedMs = history.openedAt === null ? 0 : now - history.openedAt;
  const lasting = lastedMs >= stableMs ? { ...history, failures: 0, restarts: 0 } : history;
  return { ...lasting, openedAt: null, serverErrors: serverErrorsAfter(history, reason, lastedMs) };
}

/** An attempt without a login proves nothing about the number. */
function serverErrorsAfter({ openedAt, serverErrors }: History, reason: CloseReason, lastedMs: number): number {
  if (openedAt === null) return serverErrors;
  return reason === 'server_error' && lastedMs < stableMs ? serverErrors + 1 : 0;
}

function waitAfter({ failures, restarts, serverErrors }: History, reason: CloseReason, roll: number): number {
  const policy: ReconnectPolicy = policyByReason[reason];
  if (policy === 'restart' || (policy === 'restartOnce' && restarts === 0)) return 0;
  // With jitter, so that sessions that failed together do not reconnect together.
  if (reason === 'server_error' && serverErrors >= maxServerErrors) return Math.floor(suspectMs * (1 + roll / 10));
  return backoffMs(failures, roll);
}

/** The first restart that WhatsApp requests is no failure. */
function counted(history: History, reason: CloseReason): History {
  const policy: ReconnectPolicy = policyByReason[reason];
  if (policy === 'restart') return history;
  const failures = history.failures + (policy === 'restartOnce' && history.restarts === 0 ? 0 : 1);
  return { ...history, failures, restarts: history.restarts + (policy === 'restartOnce' ? 1 : 0) };
}
