import { createLocalJWKSet, type LocalJWKSet } from 'jose';
import type { Logger } from 'pino';
import { backoffLimitMs } from '../../../domain/backoff.ts';
import { type ScheduleTimer, systemTimer } from '../../../domain/clock.ts';
import { GatewayError, OperatorError } from '../../../domain/errors.ts';
import { fetchJwks } from './fetch-jwks.ts';

/** How often the keys are asked for anew while all is well: a key that was withdrawn is not taken for longer. */
const refreshMs = 5 * 60_000;

/** Between two questions on account of a token whose key is unknown: made-up tokens must not cause a question each. */
const cooldownMs = 30_000;

/** Keys are used for so long while newer ones cannot be had. */
const maxAgeMs = 24 * 60 * 60_000;

/** The waits after failures double from here to there, so that a key that is new at the end of a fault is soon known. */
const firstBackoffMs = 1_000;
const maxBackoffMs = 30_000;

/** A set of keys as it was published at one time. */
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
 * The published keys of whoever mints the login tokens (a JWKS, RFC 7517), fetched at once and then in the background:
 * a known key never waits for a request to its publisher. While that cannot be reached the last good keys go on.
 */
export class JwksCache implements Disposable {
  readonly #options: Required<JwksCacheOptions>;
  readonly #closing = new AbortController();
  #keys: JwksSource | null = null;
  #fetching: Promise<void> | null = null;
  #fetchedLast = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #callOff: () => void = () => undefined;

  constructor({ now = Date.now, delay = systemTimer, ...options }: JwksCacheOptions) {
    this.#options = { ...options, now, delay };
    this.#refresh();
  }

  /** The keys to verify with; throws `unavailable` while there are none, or only ones that are too old. */
  async current(): Promise<JwksSource> {
    if (this.#usable() === null) await this.#fetching;
    const keys = this.#usable();
    if (keys === null) throw new GatewayError(notKnown);
    return keys;
  }

  /** Newer keys than these, asked for if it is time; null when there are none. */
  async newerThan(keys: JwksSource): Promise<JwksSource | null> {
    if (this.#keys === keys && this.#mayAsk()) this.#refresh();
    if (this.#keys === keys) await this.#fetching;
    return this.#keys === keys ? null : this.#keys;
  }

  [Symbol.dispose](): void {
    this.#closing.abort();
    this.#callOff();
  }

  #usable(): JwksSource | null {
    const { now } = this.#options;
    return this.#keys !== null && now() - this.#keys.fetchedAt < maxAgeMs ? this.#keys : null;
  }

  /** After a failure the next question has its time already. */
  #mayAsk(): boolean {
    return this.#failures === 0 && this.#options.now() - this.#fetchedLast >= cooldownMs;
  }

  #refresh(): void {
    this.#callOff();
    this.#fetchedLast = this.#options.now();
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = null;
      if (this.#closing.signal.aborted) return;
      const waitMs = this.#failures === 0 ? refreshMs : backoffMs(this.#failures);
      this.#callOff = this.#options.delay(waitMs, () => this.#refresh());
    });
  }

  async #fetch(): Promise<void> {
    const { url, now, logger } = this.#options;
    try {
      const keys = await fetchJwks(url, this.#closing.signal);
      this.#keys = { resolve: createLocalJWKSet({ keys }), fetchedAt: now() };
      if (this.#failures > 0) logger.info('the keys of the login tokens could be fetched again');
      this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      if (this.#closing.signal.aborted) return;
      if (this.#failures === 1)
        logger.warn({ reason: reasonOf(error) }, 'the keys of the login tokens cannot be fetched');
    }
  }
}

/** What an operator needs to mend it, and nothing that the other side has said. */
function reasonOf(error: unknown): string {
  if (error instanceof OperatorError) return error.message;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return cause instanceof Error ? cause.name : 'unknown';
}

function backoffMs(failures: number): number {
  return backoffLimitMs(failures - 1, { baseMs: firstBackoffMs, capMs: maxBackoffMs });
}

const notKnown = {
  code: 'unavailable',
  message: 'login tokens cannot be verified at the moment: the keys of their issuer could not be fetched',
  details: { reason: 'jwks_unavailable' },
  retryAfterMs: 5_000,
} as const;
