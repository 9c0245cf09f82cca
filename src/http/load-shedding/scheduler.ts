import { FairQueue } from './fair-queue.ts';

/** Tasks served in one slice at the most; the slice ends earlier when its time is up. */
const maxServedPerSlice = 64;

/**
 * Tasks evicted per slice at the most: clients retry at once, and refusing every one of them would leave no time to
 * serve the others. The rest stay queued; the queue is bounded by the number of connections.
 */
const maxEvictedPerSlice = 40;

/** The assumed time to serve a task before one has been measured, in milliseconds. */
const initialServeMs = 0.5;

/** The weight of the newest measurement in the moving average. */
const newestWeight = 0.2;

export interface SchedulerOptions {
  /** How long tasks are served in one turn of the event loop before everything else gets its turn. */
  sliceMs: number;
  /** Tasks are evicted while the expected wait in the queue is longer than this. */
  maxWaitMs: number;
}

const defaults: SchedulerOptions = { sliceMs: 20, maxWaitMs: 2_000 };

interface Task {
  serve: () => void;
  /** Called instead of `serve` when the task is evicted from the queue. */
  shed: () => void;
}

/**
 * Serves tasks at once while the process keeps up. When a turn of the event loop becomes long, tasks are queued and one
 * slice of the queue is served per turn: libuv keeps reading as long as enough connections have data, and neither
 * timers nor sends would run. The queue's length times the recent time per task is the expected wait; tasks are
 * evicted when that becomes too long.
 */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #queue = new FairQueue<Task>();
  /** When the current turn began to serve; null before it has. */
  #turnStartedAt: number | null = null;
  #serveMs = initialServeMs;
  /** Since the current slice began. */
  #evicted = 0;
  #slice: { startedAt: number; served: number } | null = null;

  constructor(options: Partial<SchedulerOptions> = {}) {
    this.#options = { ...defaults, ...options };
  }

  /** Serves a task now or queues it; a queue that is too long loses a task, which may be this one. */
  schedule(keyOf: () => string, task: Task): void {
    if (this.#queue.length === 0 && this.#elapsedMs() < this.#options.sliceMs) {
      task.serve();
      return;
    }
    this.#queue.push(keyOf(), task);
    this.#evictIfTooLong();
    this.#beginSlice();
  }

  #evictIfTooLong(): void {
    if (this.#queue.length * this.#serveMs <= this.#options.maxWaitMs || this.#evicted >= maxEvictedPerSlice) return;
    this.#evicted += 1;
    this.#queue.evict()?.shed();
  }

  /** How long the current turn has been serving. */
  #elapsedMs(): number {
    const now = performance.now();
    if (this.#turnStartedAt === null) {
      this.#turnStartedAt = now;
      setImmediate(() => {
        this.#turnStartedAt = null;
      });
    }
    return now - this.#turnStartedAt;
  }

  #beginSlice(): void {
    if (this.#slice !== null || this.#queue.length === 0) return;
    const slice = { startedAt: performance.now(), served: 0 };
    this.#slice = slice;
    // One immediate per task: the promise jobs that a request queues run in between and count in its measured time.
    const count = Math.min(this.#queue.length, maxServedPerSlice);
    let firstAt = 0;
    for (let index = 0; index < count; index += 1) {
      setImmediate(() => {
        if (index === 0) firstAt = performance.now();
        if (performance.now() - firstAt < Math.max(1, this.#options.sliceMs)) this.#serveNext(slice);
      });
    }
    setImmediate(() => this.#endSlice(slice));
  }

  #serveNext(slice: { served: number }): void {
    const task = this.#queue.next();
    if (task === undefined) return;
    slice.served += 1;
    task.serve();
  }

  #endSlice({ startedAt, served }: { startedAt: number; served: number }): void {
    const tookMs = performance.now() - startedAt;
    if (served > 0) this.#serveMs += newestWeight * (tookMs / served - this.#serveMs);
    this.#slice = null;
    this.#evicted = 0;
    this.#beginSlice();
  }
}
