import { LRUCache } from 'lru-cache';

/** Limits of the cache and of one value in it. A send touches about ten entries of some hundred bytes. */
const maxBytes = 32 * 1024 * 1024;
const maxValueBytes = 16 * 1024;
/** A rough estimate of what an entry costs besides key and value. */
const overheadBytes = 200;

/** An entry as it was written; null stands for one that was deleted. `expiresAt` in epoch milliseconds. */
export interface WrittenEntry {
  value: Uint8Array;
  version: string;
  expiresAt: number | null;
}

/**
 * Entries as they were last written, by encoded key; the least recently used are dropped first. An entry that is being
 * written is unknown until all its writes have ended.
 */
export class EntryCache {
  readonly #entries = new LRUCache<string, { written: WrittenEntry | null }>({
    maxSize: maxBytes,
    sizeCalculation: ({ written }, key) => overheadBytes + key.length + (written?.value.length ?? 0),
  });
  readonly #writing = new Map<string, number>();

  /** Undefined when unknown. */
  find(key: string, now: number): WrittenEntry | null | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const { written } = entry;
    const isOver = written !== null && written.expiresAt !== null && written.expiresAt <= now;
    return isOver ? null : written;
  }

  /** Marks entries as being written. */
  beginWrite(keys: readonly string[]): void {
    for (const key of keys) {
      this.#entries.delete(key);
      this.#writing.set(key, (this.#writing.get(key) ?? 0) + 1);
    }
  }

  /** Ends a write. `written`: the entries that it left; null when nothing was written, or that is unknown. */
  endWrite(keys: readonly string[], written: ReadonlyMap<string, WrittenEntry | null> | null): void {
    for (const key of keys) {
      const others = (this.#writing.get(key) ?? 1) - 1;
      if (others > 0) this.#writing.set(key, others);
      else this.#writing.delete(key);
      const entry = written?.get(key);
      // Which of several concurrent writes came last is unknown here.
      if (others === 0 && entry !== undefined) this.#remember(key, entry);
    }
  }

  #remember(key: string, entry: WrittenEntry | null): void {
    if (entry === null || entry.value.length <= maxValueBytes) this.#entries.set(key, { written: entry });
  }
}
