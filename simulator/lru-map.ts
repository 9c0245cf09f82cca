import { LRUCache } from 'lru-cache';

/** A bounded map. */
export type LruMap<T extends object | string | number | boolean> = LRUCache<string, T>;

/**
 * Beyond `capacity` the least recently used entry is dropped. Memory is allocated on demand, because every simulated
 * device has several of these maps.
 * @param entries initial entries, oldest first
 */
export function lruMap<T extends object | string | number | boolean>(
  capacity: number,
  entries: Iterable<readonly [string, T]> = [],
): LruMap<T> {
  const cache = new LRUCache<string, T>({ maxSize: capacity, sizeCalculation: () => 1 });
  for (const [key, value] of entries) cache.set(key, value);
  return cache;
}

/** All entries, least recently used first. */
export function entriesOf<T extends object | string | number | boolean>(cache: LruMap<T>): [string, T][] {
  const entries: [string, T][] = [];
  for (const key of cache.rkeys()) {
    const value = cache.peek(key);
    if (value !== undefined) entries.push([key, value]);
  }
  return entries;
}
