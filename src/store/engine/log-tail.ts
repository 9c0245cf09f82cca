import type { LogEntry, LogSlice } from '../contract.ts';
import { toPosition } from './cursors.ts';

export interface FollowOptions {
  log: string;
  /** The position behind which to begin. */
  position: number;
  signal: AbortSignal;
}

/** Where followers read. */
export interface TailedLogs {
  read(log: string, position: number): LogSlice | Promise<LogSlice>;
  /** From when this resolves on, appends to the log wake its followers. Absent: they always do. */
  watch?(log: string): Promise<void>;
  /** Nobody follows the log any more. */
  unwatch?(log: string): void;
}

/** Those who follow a log of the store. They wait until somebody wakes them. */
export class LogTails {
  readonly #logs: TailedLogs;
  readonly #bells = new Map<string, Set<Bell>>();
  #ended = false;

  constructor(logs: TailedLogs) {
    this.#logs = logs;
  }

  async *follow({ log, position, signal }: FollowOptions): AsyncGenerator<LogSlice, void> {
    const bell = new Bell();
    const ring = () => bell.ring();
    signal.addEventListener('abort', ring);
    this.#hang(log, bell);
    try {
      let from = position;
      let trimmedThrough: LogSlice['trimmedThrough'] = null;
      await this.#logs.watch?.(log);
      while (!signal.aborted && !this.#ended) {
        const slice = await this.#logs.read(log, from);
        if (signal.aborted) return;
        ({ trimmedThrough } = slice);
        const reached = positionBehind(slice);
        if (reached > from) {
          from = reached;
          yield slice;
          continue;
        }
        const entry = await bell.heard();
        if (signal.aborted || entry === null || toPosition(entry.cursor) !== from + 1) continue;
        from += 1;
        yield { entries: [entry], trimmedThrough };
      }
    } finally {
      signal.removeEventListener('abort', ring);
      this.#remove(log, bell);
    }
  }

  /**
   * Something was appended: `entry`, if whoever wakes knows it. To a follower that has read everything before it is
   * handed at once, which saves a way to the store and back; the others read it.
   */
  wake(log: string, entry: LogEntry | null = null): void {
    for (const bell of this.#bells.get(log) ?? []) bell.ring(entry);
  }

  wakeAll(): void {
    for (const log of this.#bells.keys()) this.wake(log);
  }

  /** Ends all of them. */
  end(): void {
    this.#ended = true;
    this.wakeAll();
  }

  #hang(log: string, bell: Bell): void {
    const bells = this.#bells.get(log) ?? new Set();
    this.#bells.set(log, bells.add(bell));
  }

  #remove(log: string, bell: Bell): void {
    const bells = this.#bells.get(log);
    bells?.delete(bell);
    if (bells?.size !== 0) return;
    this.#bells.delete(log);
    this.#logs.unwatch?.(log);
  }
}

/** Wakes one follower. A ring before the wait is remembered, so that none falls between a read and the wait after it. */
class Bell {
  #next = Promise.withResolvers<LogEntry | null>();

  ring(entry: LogEntry | null = null): void {
    this.#next.resolve(entry);
  }

  /** Resolves once the bell has rung since the last call, with the entry for which it rang first, if that was told. */
  async heard(): Promise<LogEntry | null> {
    const entry = await this.#next.promise;
    this.#next = Promise.withResolvers<LogEntry | null>();
    return entry;
  }
}

/** Where a slice leads. One without entries leads past what was trimmed away, so that a gap is told once. */
function positionBehind({ entries, trimmedThrough }: LogSlice): number {
  return toPosition(entries.at(-1)?.cursor ?? trimmedThrough ?? undefined);
}
