import { LRUCache } from 'lru-cache';

/** What is kept at most; larger values are not. A send touches about ten entries of some hundred bytes. */
const maxBytes = 32 * 1024 * 1024;
const maxValueBytes = 16 * 1024;
/** What an entry costs beside its value, as far as that is known. */
const overheadBytes = 200;

/** An entry as it was written; null stands for one that was deleted. `expiresAt` in epoch milliseconds. */
export interface WrittenEntry {
  value: Uint8Array;
  version: string;
  expiresAt: number | null;
}

/**
 * Entries as they were last written, by encoded key; the ones that were not used for longest are dropped first. An entry
 * that is being written is not known until all that write it are done.
 */
export class EntryCache {
  readonly #entries = new LRUCache<string, { written: WrittenEntry | null }>({
    maxSize: maxBytes,
    sizeCalculation: ({ written }, key) => overheadBytes + key.length + (written?.value.length ?? 0),
  });
  readonly #writing = new Map<string, number>();

  /** Undefined: not known. */
  find(key: string, now: number): WrittenEntry | null | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const { written } = entry;
    const isOver = written !== null && written.expiresAt !== null && written.expiresAt <= now;
    return isOver ? null : written;
  }

  /** From now on these are being written. */
  beginWrite(keys: readonly string[]): void {
    for (const key of keys) {
      this.#entries.delete(key);
      this.#writing.set(key, (this.#writing.get(key) ?? 0) + 1);
    }
  }

  /** A write is over; `written` is what it has left, null when that is not known or nothing was written. */
  endWrite(keys: readonly string[], written: ReadonlyMap<string, WrittenEntry | null> | null): void {
    for (const key of keys) {
      const others = (this.#writing.get(key) ?? 1) - 1;
      if (others > 0) this.#writing.set(key, others);
      else this.#writing.delete(key);
      const entry = written?.get(key);
      // Which of several writes came last is not known here.
      if (others === 0 && entry !== undefined) this.#remember(key, entry);
    }
  }

  #remember(key: string, entry: WrittenEntry | null): void {
    if (entry === null || entry.value.length <= maxValueBytes) this.#entries.set(key, { written: entry });
  }
}
