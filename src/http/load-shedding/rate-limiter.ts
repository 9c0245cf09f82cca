import { LRUCache } from 'lru-cache';

/** Callers whose requests are counted; one more, and the one that was away longest begins anew. */
const maxCallers = 10_000;

/** What may come at once, in seconds of the limit. */
const burstSeconds = 2;

interface Bucket {
  tokens: number;
  /** Milliseconds, by the clock of the limit. */
  at: number;
}

export interface RateLimiterOptions {
  /** Requests that each caller may make in a second, in the long run. */
  perSecond: number;
  /** Milliseconds; never set back. */
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

  /** Counts a request: 0 when it is within the limit, else the milliseconds after which one will be. */
  take(caller: string): number {
    const now = this.#now();
    const most = this.perSecond * burstSeconds;
    const { tokens, at } = this.#buckets.get(caller) ?? { tokens: most, at: now };
    const left = Math.min(most, tokens + ((now - at) / 1_000) * this.perSecond) - 1;
    // A request that is refused costs nothing.
    this.#buckets.set(caller, { tokens: left < 0 ? left + 1 : left, at: now });
    return left < 0 ? Math.ceil((-left / this.perSecond) * 1_000) : 0;
  }
}
