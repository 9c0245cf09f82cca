import { LRUCache } from 'lru-cache';

/** Token buckets kept in memory; a caller whose bucket was dropped starts with a full one. */
const maxCallers = 10_000;

/** The burst, in seconds of the limit. */
const burstSeconds = 2;

interface Bucket {
  tokens: number;
  /** Milliseconds, by the limiter's clock. */
  at: number;
}

export interface RateLimiterOptions {
  /** Sustained requests per second of each caller. */
  perSecond: number;
  /** Monotonic milliseconds. */
  now: () => number;
}

/** Limits the requests of each caller by a token bucket of its own. */
export class RateLimiter {
  readonly perSecond: number;
  readonly #now: () => number;
  readonly #buckets = new LRUCache<string, Bucket>({ max: maxCallers });

  constructor({ perSecond, now }: RateLimiterOptions) {
    this.perSecond = perSecond;
    this.#now = now;
  }

  /** Takes a token: 0 when there was one, else the milliseconds until there will be. */
  take(caller: string): number {
    const now = this.#now();
    const capacity = this.perSecond * burstSeconds;
    const { tokens, at } = this.#buckets.get(caller) ?? { tokens: capacity, at: now };
    const left = Math.min(capacity, tokens + ((now - at) / 1_000) * this.perSecond) - 1;
    // A request that is refused costs nothing.
    this.#buckets.set(caller, { tokens: left < 0 ? left + 1 : left, at: now });
    return left < 0 ? Math.ceil((-left / this.perSecond) * 1_000) : 0;
  }
}
