import type { LogSlice } from './contract.ts';
import { toPosition } from './sqlite-log.ts';

export interface FollowOptions {
  log: string;
  /** The position behind which to begin. */
  position: number;
  signal: AbortSignal;
}

/** Those who follow a log of the store. They are woken by the commits of this process only. */
export class Followers {
  readonly #read: (log: string, position: number) => LogSlice;
  readonly #bells = new Map<string, Set<Bell>>();
  #ended = false;

  constructor(read: (log: string, position: number) => LogSlice) {
    this.#read = read;
  }

  async *follow({ log, position, signal }: FollowOptions): AsyncGenerator<LogSlice, void> {
    const bell = new Bell();
    const ring = () => bell.ring();
    signal.addEventListener('abort', ring);
    this.#hang(log, bell);
    try {
      let from = position;
      while (!signal.aborted && !this.#ended) {
        const slice = this.#read(log, from);
        const reached = positionBehind(slice);
        if (reached > from) {
          from = reached;
          yield slice;
        } else {
          await bell.heard();
        }
      }
    } finally {
      signal.removeEventListener('abort', ring);
      this.#remove(log, bell);
    }
  }

  wake(log: string): void {
    for (const bell of this.#bells.get(log) ?? []) bell.ring();
  }

  /** Ends all of them. */
  end(): void {
    this.#ended = true;
    for (const log of this.#bells.keys()) this.wake(log);
  }

  #hang(log: string, bell: Bell): void {
    const bells = this.#bells.get(log) ?? new Set();
    this.#bells.set(log, bells.add(bell));
  }

  #remove(log: string, bell: Bell): void {
    const bells = this.#bells.get(log);
    bells?.delete(bell);
    if (bells?.size === 0) this.#bells.delete(log);
  }
}

/** Wakes one follower. A ring before the wait is remembered, so that none falls between a read and the wait after it. */
class Bell {
  #next = Promise.withResolvers<void>();

  ring(): void {
    this.#next.resolve();
  }

  /** Resolves once the bell has rung since the last call. */
  async heard(): Promise<void> {
    await this.#next.promise;
    this.#next = Promise.withResolvers<void>();
  }
}

/** Where a slice leads. One without entries leads past what was trimmed away, so that a gap is told once. */
function positionBehind({ entries, trimmedThrough }: LogSlice): number {
  return toPosition(entries.at(-1)?.cursor ?? trimmedThrough ?? undefined);
}
