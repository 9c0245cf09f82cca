const [firstDelayMs, maxDelayMs] = [1_000, 30_000];

/** How long to wait before trying again: up to twice as long each time, and by chance, so that not all come at once. */
export class Backoff {
  #limitMs = firstDelayMs;

  /** Milliseconds; at least as many as the other side asked for. */
  next(askedMs: number | null = null): number {
    const ms = Math.max(askedMs ?? 0, Math.random() * this.#limitMs);
    this.#limitMs = Math.min(this.#limitMs * 2, maxDelayMs);
    return ms;
  }

  /** It worked: the next time is the first again. */
  reset(): void {
    this.#limitMs = firstDelayMs;
  }
}
