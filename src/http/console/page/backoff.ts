const [firstDelayMs, maxDelayMs] = [1_000, 30_000];

/** Exponential backoff with full jitter. */
export class Backoff {
  #limitMs = firstDelayMs;

  /** The next delay in milliseconds; at least `retryAfterMs`. */
  next(retryAfterMs: number | null = null): number {
    const ms = Math.max(retryAfterMs ?? 0, Math.random() * this.#limitMs);
    this.#limitMs = Math.min(this.#limitMs * 2, maxDelayMs);
    return ms;
  }

  /** Called after a success. */
  reset(): void {
    this.#limitMs = firstDelayMs;
  }
}
