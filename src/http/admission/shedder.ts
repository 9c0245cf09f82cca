/** A process that is later than this, window after window, has more to do than it can. */
const overloadedMs = 100;
const windowsToBegin = 4;

/** While requests are shed, more are let in as long as it is not later than this. */
const wantedMs = 50;

/** Let in whatever happens, in each window: so few are not what makes it late. */
const leastLimit = 20;

/** Quiet windows after which nothing is shed any more. */
const windowsToEnd = 10;

/**
 * Decides which requests are let in. While the process keeps up, all are. When it has been late for a while there is a
 * limit to the requests in a window, which is found as TCP finds its own: less when it is late, a little more when it
 * is not. Within the limit organizations are equal: whoever asks for less than an equal part is always let in, and
 * whoever asks for more gets what the others leave.
 */
export class Shedder {
  #limit: number | null = null;
  #lateWindows = 0;
  #quietWindows = 0;
  #admitted = 0;
  #asked = 0;
  #admittedBy = new Map<string, number>();
  #askedLately = new Set<string>();

  /** Whether there is a limit at all at the moment. */
  get isShedding(): boolean {
    return this.#limit !== null;
  }

  /** Whether a request is let in, by the name of whom it counts for. */
  admits(name: string): boolean {
    this.#asked += 1;
    this.#askedLately.add(name);
    const mine = this.#admittedBy.get(name) ?? 0;
    const isLetIn = this.#limit === null || this.#admitted < this.#limit || mine < this.#limit / this.#askedLately.size;
    if (!isLetIn) return false;
    this.#admitted += 1;
    this.#admittedBy.set(name, mine + 1);
    return true;
  }

  /** Ends a window: how late the process was in it decides on the next one. */
  endWindow(delayMs: number): void {
    this.#limit = this.#nextLimit(delayMs);
    // Whoever asked in this window still has a part in the next one.
    this.#askedLately = new Set(this.#admittedBy.keys());
    this.#admittedBy = new Map();
    this.#admitted = 0;
    this.#asked = 0;
  }

  #nextLimit(delayMs: number): number | null {
    if (this.#limit === null) {
      this.#lateWindows = delayMs > overloadedMs ? this.#lateWindows + 1 : 0;
      this.#quietWindows = 0;
      return this.#lateWindows >= windowsToBegin ? this.#lower(this.#admitted) : null;
    }
    this.#lateWindows = 0;
    if (delayMs > wantedMs) return this.#lower(Math.min(this.#limit, this.#admitted));
    this.#quietWindows = this.#asked < this.#limit ? this.#quietWindows + 1 : 0;
    return this.#quietWindows >= windowsToEnd ? null : Math.ceil(this.#limit * 1.05);
  }

  #lower(from: number): number {
    return Math.max(leastLimit, Math.floor(from * 0.8));
  }
}
