import { LRUCache } from 'lru-cache';

/** What was met before, by name. */
export type LruMap<T extends object | string | number | boolean> = LRUCache<string, T>;

/**
 * An empty one, or one that knows these already, oldest first; beyond a bound, what was not used for longest is forgotten.
 * Room is taken as it is needed, because every simulated device has some of these.
 */
export function lruMap<T extends object | string | number | boolean>(
  capacity: number,
  known: Iterable<readonly [string, T]> = [],
): LruMap<T> {
  const cache = new LRUCache<string, T>({ maxSize: capacity, sizeCalculation: () => 1 });
  for (const [name, value] of known) cache.set(name, value);
  return cache;
}

/** Everything that is remembered, oldest first. */
export function entriesOf<T extends object | string | number | boolean>(cache: LruMap<T>): [string, T][] {
  const entries: [string, T][] = [];
  for (const name of cache.rkeys()) {
    const value = cache.peek(name);
    if (value !== undefined) entries.push([name, value]);
  }
  return entries;
}
