import type { Quota } from '../../../domain/errors.ts';
import type { RateState } from '../../../domain/rate.ts';
import type { SessionSettings } from '../../../domain/session.ts';

export type RateLimits = Pick<SessionSettings, 'ratePerMin' | 'rateBurst' | 'ratePerHour'>;

/** Synchronous sends are refused when there is no token; queued ones wait. */
export type Lane = 'sync' | 'async';

/** `state` is what is left. Not ok: nothing was taken, and this lane gets a token in `waitMs`. */
export type TokenResult =
  | { ok: true; state: RateState }
  | { ok: false; state: RateState; waitMs: number; window: 'minute' | 'hour'; quota: Quota };

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** Tolerance for rounding errors of floating-point sums, in tokens. */
const epsilon = 1e-9;

/**
 * Takes a token from both buckets of a session. The minute's bucket has the capacity `rateBurst` and fills with
 * `ratePerMin`, the hour's has the capacity and the rate `ratePerHour`. Half of the burst is reserved for the sync lane, so
 * that a queue cannot starve it; in return the async lane gets one token in two fill times whatever the other lane does.
 * Until `reservedUntil` the next token is reserved for a synchronous send that was refused with a `Retry-After`.
 */
export function takeToken(
  before: RateState | null,
  limits: RateLimits,
  lane: Lane,
  now: number,
  reservedUntil = 0,
): TokenResult {
  const state = refill(before, limits, now);
  if (lane === 'async' && now < reservedUntil && !isOverdue(state, limits, now))
    return reserved(state, limits, now, reservedUntil);
  const needed = lane === 'sync' || isAsyncDue(state, limits, now) ? 1 : 1 + reserve(limits);
  const waits = {
    minute: wait(state.minute, needed, perMs(limits).minute),
    hour: wait(state.hour, needed, perMs(limits).hour),
  };
  const waitMs = afterLag(state, now, Math.max(waits.minute, waits.hour));
  if (waitMs > 0) {
    const window = waits.hour >= waits.minute ? 'hour' : 'minute';
    const soonest = lane === 'sync' ? waitMs : Math.min(waitMs, untilDue(state, limits, now));
    return { ok: false, state, waitMs: soonest, window, quota: quotaOf(state, limits, window, soonest) };
  }
  const asyncAt = lane === 'async' ? now : state.asyncAt;
  return { ok: true, state: { ...state, minute: state.minute - 1, hour: state.hour - 1, asyncAt } };
}

/** How long reservations of synchronous sends delay the async lane at most. */
const maxReservedMs = 10_000;

function isOverdue(state: RateState, limits: RateLimits, now: number): boolean {
  return now - state.asyncAt >= Math.max(maxReservedMs, (2 * minuteMs) / limits.ratePerMin);
}

function reserved(state: RateState, limits: RateLimits, now: number, reservedUntil: number): TokenResult {
  const waitMs = Math.max(1, reservedUntil - now);
  return { ok: false, state, waitMs, window: 'minute', quota: quotaOf(state, limits, 'minute', waitMs) };
}

/** Takes a token for a resend, which does not wait for one: the buckets may become negative. */
export function takeWithDebt(before: RateState | null, limits: RateLimits, now: number): RateState {
  const state = refill(before, limits, now);
  return { ...state, minute: state.minute - 1, hour: state.hour - 1 };
}

/** How many tokens there are now, with fractions. */
export function tokensOf(before: RateState | null, limits: RateLimits, now: number): number {
  const { minute, hour } = refill(before, limits, now);
  return Math.max(0, Math.min(minute, hour));
}

/** Time until the sync lane has a token, in ms; 0 when it has one. */
export function emptyForMs(state: RateState, limits: RateLimits): number {
  return Math.max(wait(state.minute, 1, perMs(limits).minute), wait(state.hour, 1, perMs(limits).hour));
}

/** How far a clock may be set back, or lag the clock of the session's last owner, to be waited for. */
const maxLagMs = minuteMs;

/**
 * A clock that was set back fills nothing until it has caught up: the latest time counts, so nothing is filled twice. A
 * clock that goes back further is followed at once, because sends would be delayed for as long.
 */
function refill(before: RateState | null, limits: RateLimits, now: number): RateState {
  if (before === null) return { minute: limits.rateBurst, hour: limits.ratePerHour, at: now, asyncAt: 0 };
  const at = before.at - now > maxLagMs ? now : Math.max(before.at, now);
  const elapsedMs = Math.max(0, at - before.at);
  const rate = perMs(limits);
  return {
    minute: Math.min(limits.rateBurst, before.minute + elapsedMs * rate.minute),
    hour: Math.min(limits.ratePerHour, before.hour + elapsedMs * rate.hour),
    at,
    asyncAt: Math.min(before.asyncAt, at),
  };
}

/** The buckets do not fill before the clock has caught up with them. */
function afterLag({ at }: RateState, now: number, waitMs: number): number {
  return waitMs === 0 ? 0 : waitMs + Math.max(0, at - now);
}

function perMs(limits: RateLimits): { minute: number; hour: number } {
  return { minute: limits.ratePerMin / minuteMs, hour: limits.ratePerHour / hourMs };
}

function reserve({ rateBurst }: RateLimits): number {
  return Math.floor(rateBurst / 2);
}

function isAsyncDue(state: RateState, limits: RateLimits, now: number): boolean {
  return now - state.asyncAt >= (2 * minuteMs) / limits.ratePerMin;
}

/** Time until the async lane gets a token at the latest, in ms: it is due, and there is one. */
function untilDue(state: RateState, limits: RateLimits, now: number): number {
  const due = Math.ceil(state.asyncAt + (2 * minuteMs) / limits.ratePerMin - now);
  return Math.max(1, due, afterLag(state, now, emptyForMs(state, limits)));
}

function wait(tokens: number, needed: number, perMsRate: number): number {
  const missing = needed - tokens;
  return missing <= epsilon ? 0 : Math.max(1, Math.ceil(missing / perMsRate - epsilon / perMsRate));
}

function quotaOf(state: RateState, limits: RateLimits, window: 'minute' | 'hour', waitMs: number): Quota {
  const [limit, windowSeconds] = window === 'minute' ? [limits.ratePerMin, 60] : [limits.ratePerHour, 3600];
  const remaining = Math.max(0, Math.floor(Math.min(state.minute, state.hour) + epsilon));
  return { limit, windowSeconds, remaining, resetSeconds: Math.ceil(waitMs / 1000) };
}
