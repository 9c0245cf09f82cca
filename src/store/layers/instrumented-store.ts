import type { Metrics, StoreOperation } from '../../domain/metrics.ts';
import type { Store } from '../contract.ts';

/**
 * Measures how long a store takes, and counts what it rejects. `follow` mostly waits, so it is not measured.
 *
 * @param clock monotonic milliseconds, with fractions
 */
export function instrumentedStore(store: Store, metrics: Pick<Metrics, 'stored'>, clock: () => number): Store {
  const measured = async <T>(operation: StoreOperation, call: () => Promise<T>): Promise<T> => {
    const began = clock();
    try {
      const answer = await call();
      metrics.stored(operation, clock() - began, 'done');
      return answer;
    } catch (error) {
      metrics.stored(operation, clock() - began, 'failed');
      throw error;
    }
  };
  return {
    get: (key) => measured('get', () => store.get(key)),
    getMany: (keys) => measured('get', () => store.getMany(keys)),
    list: (prefix, options) => measured('list', () => store.list(prefix, options)),
    commit: (commit) => measured('commit', () => store.commit(commit)),
    read: (log, options) => measured('read', () => store.read(log, options)),
    tail: (log) => measured('read', () => store.tail(log)),
    follow: (log, options) => store.follow(log, options),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}
