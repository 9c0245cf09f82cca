import { FairQueue } from './fair-queue.ts';

/** Begun in a turn at the most; each is given up when the time of the slice is over. */
const mostInSlice = 64;

/**
 * Sent away in a turn at the most: whoever is sent away may be back at once, and to send away as many as come would leave
 * no time for the others. The rest wait; there are no more of them than there are connections.
 */
const mostSentAway = 40;

/** What serving one is taken to need before it is known, in milliseconds. */
const firstGuessMs = 0.5;

/** How much the newest measurement counts. */
const weight = 0.2;

export interface SchedulerOptions {
  /** How long may be served in a turn of the event loop before everything else has its turn. */
  sliceMs: number;
  /** Whoever would have to wait longer is sent away. */
  maxWaitMs: number;
}

const defaults: SchedulerOptions = { sliceMs: 20, maxWaitMs: 2_000 };

interface Waiting {
  serve: () => void;
  sendAway: () => void;
}

/**
 * Gives everybody their turn. While the process keeps up everybody is served at once. When a turn of the event loop gets
 * long they wait in a line, of which a slice is served in each turn: libuv goes on reading as long as enough connections
 * have something to say, and neither a timer nor a send would get its turn any more. The length of the line, and what
 * serving one has taken lately, tell how late the process is; whoever would wait too long for that is sent away.
 */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #line = new FairQueue<Waiting>();
  /** When this turn began to serve; null before it has. */
  #turnBeganAt: number | null = null;
  #servingMs = firstGuessMs;
  /** Since the slice before this one. */
  #sentAway = 0;
  #slice: { begunAt: number; served: number } | null = null;

  constructor(options: Partial<SchedulerOptions> = {}) {
    this.#options = { ...defaults, ...options };
  }

  /** Serves somebody now or later, or sends them or somebody else away. */
  take(name: () => string, waiting: Waiting): void {
    if (this.#line.length === 0 && this.#elapsedMs() < this.#options.sliceMs) {
      waiting.serve();
      return;
    }
    this.#line.push(name(), waiting);
    this.#shorten();
    this.#beginSlice();
  }

  #shorten(): void {
    if (this.#line.length * this.#servingMs <= this.#options.maxWaitMs || this.#sentAway >= mostSentAway) return;
    this.#sentAway += 1;
    this.#line.sendAway()?.sendAway();
  }

  /** How long this turn has been serving. */
  #elapsedMs(): number {
    const now = performance.now();
    if (this.#turnBeganAt === null) {
      this.#turnBeganAt = now;
      setImmediate(() => {
        this.#turnBeganAt = null;
      });
    }
    return now - this.#turnBeganAt;
  }

  #beginSlice(): void {
    if (this.#slice !== null || this.#line.length === 0) return;
    const slice = { begunAt: performance.now(), served: 0 };
    this.#slice = slice;
    // One for each, so that what a request begins goes on between them and is part of what is measured.
    const count = Math.min(this.#line.length, mostInSlice);
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
    const next = this.#line.next();
    if (next === undefined) return;
    slice.served += 1;
    next.serve();
  }

  #endSlice({ begunAt, served }: { begunAt: number; served: number }): void {
    const tookMs = performance.now() - begunAt;
    if (served > 0) this.#servingMs += weight * (tookMs / served - this.#servingMs);
    this.#slice = null;
    this.#sentAway = 0;
    this.#beginSlice();
  }
}
