import { createLocalJWKSet, type LocalJWKSet } from 'jose';
import type { Logger } from 'pino';
import { backoffLimitMs } from '../../../domain/backoff.ts';
import { type ScheduleTimer, systemTimer } from '../../../domain/clock.ts';
import { GatewayError, OperatorError } from '../../../domain/errors.ts';
import { fetchJwks } from './fetch-jwks.ts';

/** Between two regular fetches; also the longest time for which a withdrawn key is still accepted. */
const refreshMs = 5 * 60_000;

/** Between two fetches caused by tokens with an unknown key: forged tokens must not cause a fetch each. */
const cooldownMs = 30_000;

/** How long keys are used while newer ones cannot be fetched. */
const maxAgeMs = 24 * 60 * 60_000;

/** The backoff after failures is capped low, so that new keys are known soon after an outage. */
const firstBackoffMs = 1_000;
const maxBackoffMs = 30_000;

/** A published key set. */
export interface JwksSource {
  readonly resolve: LocalJWKSet;
  /** Epoch milliseconds. */
  readonly fetchedAt: number;
}

export interface JwksCacheOptions {
  url: URL;
  logger: Logger;
  /** Epoch milliseconds. */
  now?: () => number;
  delay?: ScheduleTimer;
}

/**
 * The published keys of the login tokens' issuer (a JWKS, RFC 7517), fetched at construction and then in the
 * background: verifying with a known key never waits for a fetch. While fetches fail, the last good keys stay in use.
 */
export class JwksCache implements Disposable {
  readonly #options: Required<JwksCacheOptions>;
  readonly #closing = new AbortController();
  #keys: JwksSource | null = null;
  #fetching: Promise<void> | null = null;
  #lastFetchAt = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #cancelTimer: () => void = () => undefined;

  constructor({ now = Date.now, delay = systemTimer, ...options }: JwksCacheOptions) {
    this.#options = { ...options, now, delay };
    this.#refresh();
  }

  /** The keys to verify with; throws `unavailable` when there are none or they are too old. */
  async current(): Promise<JwksSource> {
    if (this.#usable() === null) await this.#fetching;
    const keys = this.#usable();
    if (keys === null) throw new GatewayError(keysUnavailable);
    return keys;
  }

  /** Newer keys than these, fetched unless the last fetch was too recent; null when there are none. */
  async newerThan(keys: JwksSource): Promise<JwksSource | null> {
    if (this.#keys === keys && this.#mayRefresh()) this.#refresh();
    if (this.#keys === keys) await this.#fetching;
    return this.#keys === keys ? null : this.#keys;
  }

  [Symbol.dispose](): void {
    this.#closing.abort();
    this.#cancelTimer();
  }

  #usable(): JwksSource | null {
    const { now } = this.#options;
    return this.#keys !== null && now() - this.#keys.fetchedAt < maxAgeMs ? this.#keys : null;
  }

  /** After a failure the backoff decides when to fetch next. */
  #mayRefresh(): boolean {
    return this.#failures === 0 && this.#options.now() - this.#lastFetchAt >= cooldownMs;
  }

  #refresh(): void {
    this.#cancelTimer();
    this.#lastFetchAt = this.#options.now();
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = null;
      if (this.#closing.signal.aborted) return;
      const waitMs = this.#failures === 0 ? refreshMs : backoffMs(this.#failures);
      this.#cancelTimer = this.#options.delay(waitMs, () => this.#refresh());
    });
  }

  async #fetch(): Promise<void> {
    const { url, now, logger } = this.#options;
    try {
      const keys = await fetchJwks(url, this.#closing.signal);
      this.#keys = { resolve: createLocalJWKSet({ keys }), fetchedAt: now() };
      if (this.#failures > 0) logger.info('JWKS fetched again');
      this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      if (this.#closing.signal.aborted) return;
      if (this.#failures === 1) logger.warn({ reason: reasonOf(error) }, 'JWKS could not be fetched');
    }
  }
}

/** What an operator needs to fix the problem; never text from the other side. */
function reasonOf(error: unknown): string {
  if (error instanceof OperatorError) return error.message;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return cause instanceof Error ? cause.name : 'unknown';
}

function backoffMs(failures: number): number {
  return backoffLimitMs(failures - 1, { baseMs: firstBackoffMs, capMs: maxBackoffMs });
}

const keysUnavailable = {
  code: 'unavailable',
  message: "login tokens cannot be verified: the issuer's keys could not be fetched; retry later",
  details: { reason: 'jwks_unavailable' },
  retryAfterMs: 5_000,
} as const;
