import type { LogEntry, LogSlice } from '../contract.ts';
import { toPosition } from './cursors.ts';

export interface FollowOptions {
  log: string;
  /** The position after which to begin. */
  position: number;
  signal: AbortSignal;
}

/** The logs of an engine, as followers need them. */
export interface TailedLogs {
  read(log: string, position: number): LogSlice | Promise<LogSlice>;
  /** Once this resolves, appends to the log wake its followers. Absent: they always do. */
  watch?(log: string): Promise<void>;
  /** The log has no followers left. */
  unwatch?(log: string): void;
}

/** The followers of the logs of a store; each waits until `wake` is called for its log. */
export class LogTails {
  readonly #logs: TailedLogs;
  readonly #wakeUps = new Map<string, Set<WakeUp>>();
  #ended = false;

  constructor(logs: TailedLogs) {
    this.#logs = logs;
  }

  async *follow({ log, position, signal }: FollowOptions): AsyncGenerator<LogSlice, void> {
    const wakeUp = new WakeUp();
    const onAbort = () => wakeUp.signal();
    signal.addEventListener('abort', onAbort);
    this.#add(log, wakeUp);
    try {
      let from = position;
      let trimmedThrough: LogSlice['trimmedThrough'] = null;
      await this.#logs.watch?.(log);
      while (!signal.aborted && !this.#ended) {
        const slice = await this.#logs.read(log, from);
        if (signal.aborted) return;
        ({ trimmedThrough } = slice);
        const reached = positionAfter(slice);
        if (reached > from) {
          from = reached;
          yield slice;
          continue;
        }
        const entry = await wakeUp.wait();
        if (signal.aborted || entry === null || toPosition(entry.cursor) !== from + 1) continue;
        from += 1;
        yield { entries: [entry], trimmedThrough };
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#remove(log, wakeUp);
    }
  }

  /**
   * Wakes the followers of a log after an append. A follower that has read everything before `entry` gets it without
   * another read; the others read.
   */
  wake(log: string, entry: LogEntry | null = null): void {
    for (const wakeUp of this.#wakeUps.get(log) ?? []) wakeUp.signal(entry);
  }

  wakeAll(): void {
    for (const log of this.#wakeUps.keys()) this.wake(log);
  }

  /** Ends every follower. */
  end(): void {
    this.#ended = true;
    this.wakeAll();
  }

  #add(log: string, wakeUp: WakeUp): void {
    const wakeUps = this.#wakeUps.get(log) ?? new Set();
    this.#wakeUps.set(log, wakeUps.add(wakeUp));
  }

  #remove(log: string, wakeUp: WakeUp): void {
    const wakeUps = this.#wakeUps.get(log);
    wakeUps?.delete(wakeUp);
    if (wakeUps?.size !== 0) return;
    this.#wakeUps.delete(log);
    this.#logs.unwatch?.(log);
  }
}

/** Wakes one follower. A signal before the wait is remembered, so that none is lost between a read and the next wait. */
class WakeUp {
  #next = Promise.withResolvers<LogEntry | null>();

  signal(entry: LogEntry | null = null): void {
    this.#next.resolve(entry);
  }

  /** Resolves once there was a signal since the last call, with the entry of the first one. */
  async wait(): Promise<LogEntry | null> {
    const entry = await this.#next.promise;
    this.#next = Promise.withResolvers<LogEntry | null>();
    return entry;
  }
}

/** The position after a slice. One without entries ends after what was trimmed, so that a gap is reported once. */
function positionAfter({ entries, trimmedThrough }: LogSlice): number {
  return toPosition(entries.at(-1)?.cursor ?? trimmedThrough ?? undefined);
}
