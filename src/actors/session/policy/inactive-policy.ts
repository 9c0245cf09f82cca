import type { Requester } from '../../../domain/principal.ts';
import type { InactiveStatus, SessionAddress } from '../../../domain/session.ts';
import type { CloseReason } from '../../socket/port.ts';
import { type History, isInactive, policyByReason, type ReconnectPolicy } from './reconnect-policy.ts';

/** How a connection ended; `banMs` is how long WhatsApp bans the number, if it says so. */
export interface End {
  reason: CloseReason;
  banMs?: number;
}

/** An inactive state, a stable code for its reason, and when the session connects by itself; null: never. */
export interface Inactive {
  status: InactiveStatus;
  reason: string | null;
  retryAt: number | null;
}

/** An inactive state to store. `requester` is who last requested that the session be unlinked. */
export interface InactiveInput extends SessionAddress {
  inactive: Inactive | null;
  requester: Requester | null;
}

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** How soon a session that another client replaced connects again; not at all when it happens again within the window. */
const firstReplacedMs = 30 * secondMs;
const laterReplacedMs = 5 * minuteMs;
const replacedWindowMs = 10 * minuteMs;

/** Assumed duration of a ban: at least, at most (then the login is tried), and when WhatsApp does not say. */
const minBanMs = minuteMs;
const maxBanMs = 14 * dayMs;
const defaultBanMs = hourMs;

/** Interval at which one session of the process tests whether WhatsApp accepts this version of the client again. */
export const probeIntervalMs = 10 * minuteMs;

/** The inactive state after a connection that ended this way, and the new history. Times are epoch milliseconds. */
export function inactiveAfter(
  history: History,
  { reason, banMs }: End,
  now: number,
): { history: History; inactive: Inactive } {
  const policy: ReconnectPolicy = policyByReason[reason];
  const until = (retryAt: number | null): Inactive => ({
    status: isInactive(policy) ? policy : 'stopped',
    reason,
    retryAt,
  });
  const over = { ...history, openedAt: null };
  switch (reason) {
    case 'replaced':
      return { history: { ...over, replacedAt: now }, inactive: until(replacedUntil(history.replacedAt, now)) };
    case 'temporarily_banned':
      return { history: over, inactive: until(now + Math.min(Math.max(banMs ?? defaultBanMs, minBanMs), maxBanMs)) };
    case 'client_outdated':
      return { history: over, inactive: until(now + probeIntervalMs) };
    default:
      return { history: over, inactive: until(null) };
  }
}

function replacedUntil(lastAt: number | null, now: number): number | null {
  if (lastAt === null) return now + firstReplacedMs;
  return now - lastAt < replacedWindowMs ? null : now + laterReplacedMs;
}
