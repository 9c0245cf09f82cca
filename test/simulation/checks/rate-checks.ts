import * as v from 'valibot';
import { type RateState, RateStateSchema } from '../../../src/domain/rate.ts';
import { defaultSettings, type SessionSettings } from '../../../src/domain/session.ts';
import type { Commit } from '../../../src/store/contract.ts';
import type { Verdict } from './coverage.ts';

export type Limits = Pick<SessionSettings, 'ratePerMin' | 'rateBurst'>;

/** Tokens by which the wire may differ: a send reaches it later than its token was taken. */
const toleranceTokens = 2.5;

/** What adding up fractions may come to. */
const roundingTokens = 1e-6;

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

const decoder = new TextDecoder();

interface Bucket {
  tokens: number;
  at: number;
  /** What is allowed now, and the most that was allowed since the last token was taken. */
  limits: Limits;
  most: Limits;
  stored: RateState | null;
}

/** Watches that tokens come from time alone: neither restarts nor faults nor clocks that are set back fill a bucket. */
export class RateChecks {
  readonly #verdict: Verdict;
  readonly #elapsed: () => number;
  readonly #buckets = new Map<string, Bucket>();

  /** `elapsed`: milliseconds that the gateway may have seen pass by its wall clock. */
  constructor(verdict: Verdict, elapsed: () => number) {
    this.#verdict = verdict;
    this.#elapsed = elapsed;
  }

  /** A session's limits from now on. */
  limit(session: string, limits: Limits): void {
    const fresh = { tokens: limits.rateBurst, at: this.#elapsed(), limits, most: limits, stored: null };
    const bucket = this.#buckets.get(session) ?? fresh;
    bucket.limits = limits;
    bucket.most = {
      ratePerMin: Math.max(bucket.most.ratePerMin, limits.ratePerMin),
      rateBurst: Math.max(bucket.most.rateBurst, limits.rateBurst),
    };
    this.#buckets.set(session, bucket);
  }

  /** Each commit that stores the buckets has taken a token from what was stored before. */
  readonly noteCommit = ({ sets = [] }: Commit): void => {
    for (const { key, value } of sets) {
      const bucket = key[1] === 'rate' ? this.#buckets.get(key[2] ?? '') : undefined;
      if (bucket === undefined) continue;
      const state = v.parse(RateStateSchema, JSON.parse(decoder.decode(value)));
      const most = leftAtMost(bucket, state.at);
      this.#verdict.require(
        state.minute <= most.minute + roundingTokens && state.hour <= most.hour + roundingTokens,
        () =>
          `a bucket holds ${state.minute} and ${state.hour} tokens, and not at most ${most.minute} and ${most.hour}`,
      );
      bucket.stored = state;
    }
  };

  /** A send that takes a token is handed over; a resend takes one too, but does not wait for it. */
  take(session: string, isResent: boolean, text: string): void {
    const bucket = this.#buckets.get(session);
    if (bucket === undefined) return;
    const now = this.#elapsed();
    const { ratePerMin, rateBurst } = bucket.most;
    bucket.tokens = Math.min(rateBurst, bucket.tokens + ((now - bucket.at) * ratePerMin) / minuteMs) - 1;
    bucket.at = now;
    bucket.most = bucket.limits;
    this.#verdict.require(
      isResent || bucket.tokens >= -toleranceTokens,
      () => `${text} goes out although the limit of ${rateBurst} and ${ratePerMin} a minute is reached`,
    );
  }
}

function leftAtMost({ stored, most }: Bucket, at: number): { minute: number; hour: number } {
  const { ratePerHour } = defaultSettings;
  if (stored === null) return { minute: most.rateBurst - 1, hour: ratePerHour - 1 };
  const elapsedMs = Math.max(0, at - stored.at);
  return {
    minute: Math.min(most.rateBurst, stored.minute + (elapsedMs * most.ratePerMin) / minuteMs) - 1,
    hour: Math.min(ratePerHour, stored.hour + (elapsedMs * ratePerHour) / hourMs) - 1,
  };
}
