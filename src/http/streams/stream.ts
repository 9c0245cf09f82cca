/** Why a stream ends. `left`: the reader disconnected. `slow_reader`: it did not read fast enough. */
export type EndReason = 'left' | 'revoked' | 'slow_reader' | 'shutdown' | 'fault';

/** One open stream, from its acceptance until its connection is closed. */
export class Stream {
  readonly #ending = new AbortController();
  #end: { reason: EndReason; cause?: unknown } | null = null;

  /** Aborts when the stream ends. */
  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /** Null while the stream is open. */
  get reason(): EndReason | null {
    return this.#end?.reason ?? null;
  }

  get cause(): unknown {
    return this.#end?.cause;
  }

  /** Only the first call counts. */
  end(reason: EndReason, cause?: unknown): void {
    if (this.#end !== null) return;
    this.#end = { reason, cause };
    this.#ending.abort();
  }

  /** Runs the task once, when the stream ends or has ended. */
  onEnd(task: () => void): void {
    if (this.signal.aborted) task();
    else this.signal.addEventListener('abort', task, { once: true });
  }

  /** Runs the task at an interval until the stream ends. */
  every(intervalMs: number, task: () => void): void {
    if (this.signal.aborted) return;
    const timer = setInterval(task, intervalMs);
    this.signal.addEventListener('abort', () => clearInterval(timer), { once: true });
  }
}
