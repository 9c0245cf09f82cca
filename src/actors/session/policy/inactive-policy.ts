import type { Requester } from '../../../domain/principal.ts';
import type { InactiveStatus, SessionAddress } from '../../../domain/session.ts';
import type { CloseReason } from '../../socket/port.ts';
import { type History, isInactive, policyByReason, type ReconnectPolicy } from './reconnect-policy.ts';

/** How a connection ended; `banMs` is for how long WhatsApp bans the number, when it says so. */
export interface End {
  reason: CloseReason;
  banMs?: number;
}

/** Where a session rests, a stable code that says why, and when it connects again by itself; null: never. */
export interface Inactive {
  status: InactiveStatus;
  reason: string | null;
  retryAt: number | null;
}

/** A rest to store. `asker` is who asked last that the session be unlinked. */
export interface InactiveInput extends SessionAddress {
  rest: Inactive | null;
  asker: Requester | null;
}

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** How soon a session is tried again that was found to be used elsewhere; twice so quickly, and it is not. */
const firstReplacedMs = 30 * secondMs;
const laterReplacedMs = 5 * minuteMs;
const fightMs = 10 * minuteMs;

/** How long a ban is taken to last: at least, at most (it is looked at again then), and when WhatsApp does not say. */
const minBanMs = minuteMs;
const maxBanMs = 14 * dayMs;
const defaultBanMs = hourMs;

/** How often one session of the process tries whether WhatsApp takes this version of the client again. */
export const probeIntervalMs = 10 * minuteMs;

/** Where a session rests after a connection that ended so, and what is remembered. */
export function inactiveAfter(
  history: History,
  { reason, banMs }: End,
  now: number,
): { history: History; rest: Inactive } {
  const verdict: ReconnectPolicy = policyByReason[reason];
  const rest = (retryAt: number | null): Inactive => ({
    status: isInactive(verdict) ? verdict : 'stopped',
    reason,
    retryAt,
  });
  const over = { ...history, openedAt: null };
  switch (reason) {
    case 'replaced':
      return { history: { ...over, replacedAt: now }, rest: rest(replacedUntil(history.replacedAt, now)) };
    case 'temporarily_banned':
      return { history: over, rest: rest(now + Math.min(Math.max(banMs ?? defaultBanMs, minBanMs), maxBanMs)) };
    case 'client_outdated':
      return { history: over, rest: rest(now + probeIntervalMs) };
    default:
      return { history: over, rest: rest(null) };
  }
}

function replacedUntil(formerly: number | null, now: number): number | null {
  if (formerly === null) return now + firstReplacedMs;
  return now - formerly < fightMs ? null : now + laterReplacedMs;
}
