import type { ScheduleTimer } from '../../src/domain/clock.ts';

interface Item {
  at: number;
  sequence: number;
  run: () => void;
}

/** When every simulation begins. */
const epochMs = Date.UTC(2026, 0, 1);

/**
 * Virtual time. Everything that takes time (timers, the answers of the store, bytes on the wire, callers who think) is
 * an item of one agenda, and happens in the order of its time, items of one time in the order in which they were made.
 */
export class Scheduler {
  #time = 0;
  #sequence = 0;
  /** The next item is the last one. */
  readonly #agenda: Item[] = [];

  /** Virtual milliseconds since the beginning; never goes back. */
  get time(): number {
    return this.#time;
  }

  /** The true time of day, in epoch milliseconds. */
  get epochTime(): number {
    return epochMs + Math.floor(this.#time);
  }

  readonly delay: ScheduleTimer = (ms, run) => {
    const item = { at: this.#time + Math.max(0, ms), sequence: this.#sequence, run };
    this.#sequence += 1;
    this.#agenda.splice(this.#placeOf(item), 0, item);
    return () => {
      const index = this.#agenda.indexOf(item);
      if (index >= 0) this.#agenda.splice(index, 1);
    };
  };

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.delay(ms, resolve));
  }

  /** Lets the next item happen and everything that follows from it at once; false when there is none. */
  async step(): Promise<boolean> {
    const item = this.#agenda.pop();
    if (item === undefined) return false;
    this.#time = item.at;
    item.run();
    await drained();
    return true;
  }

  #placeOf(item: Item): number {
    let low = 0;
    let high = this.#agenda.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#agenda[middle];
      if (other !== undefined && isBefore(item, other)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function isBefore(one: Item, other: Item): boolean {
  return one.at < other.at || (one.at === other.at && one.sequence < other.sequence);
}

/** Resolves when no promise has anything left to do: nothing in the simulation waits for the outside world. */
function drained(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
