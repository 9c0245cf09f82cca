/** Why a stream ends. `slow_reader`: the reader did not take in time what it was given. */
export type EndReason = 'left' | 'revoked' | 'slow_reader' | 'shutdown' | 'fault';

/** One open stream of events, from its acceptance until its connection is gone. */
export class Stream {
  readonly #ending = new AbortController();
  #end: { reason: EndReason; cause?: unknown } | null = null;

  /** Aborts when the stream ends. */
  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /** Null while the stream goes on. */
  get reason(): EndReason | null {
    return this.#end?.reason ?? null;
  }

  get cause(): unknown {
    return this.#end?.cause;
  }

  /** The first reason is the one that counts. */
  end(reason: EndReason, cause?: unknown): void {
    if (this.#end !== null) return;
    this.#end = { reason, cause };
    this.#ending.abort();
  }

  /** Does something once, when the stream ends or has ended. */
  onEnd(task: () => void): void {
    if (this.signal.aborted) task();
    else this.signal.addEventListener('abort', task, { once: true });
  }

  /** Does something again and again until the stream ends. */
  every(intervalMs: number, task: () => void): void {
    if (this.signal.aborted) return;
    const timer = setInterval(task, intervalMs);
    this.signal.addEventListener('abort', () => clearInterval(timer), { once: true });
  }
}
