import type { Commit, Entry, Key, Store } from './contract.ts';

/** Times that something is tried again because others changed what it checks. */
const maxConflicts = 20;

interface RetryOptions {
  /** The error when every attempt met a conflict. */
  exhausted: () => Error;
  /** How many attempts there are at most. */
  attempts?: number;
}

/** Repeats what reads, decides and commits until it yields a result; undefined stands for a conflict. */
export async function untilApplied<T extends NonNullable<unknown> | null>(
  attempt: () => Promise<T | undefined>,
  { exhausted, attempts = maxConflicts }: RetryOptions,
): Promise<T> {
  for (let conflicts = 0; conflicts < attempts; conflicts += 1) {
    const result = await attempt();
    if (result !== undefined) return result;
  }
  throw exhausted();
}

interface Change<T> {
  result: T;
  /** What is committed while the entry is as it was read. */
  commit: Commit;
}

/**
 * Changes an entry by its newest version. `decide` may run more than once; null, as for an absent entry, leaves
 * everything as it is.
 */
export function updateEntry<T extends NonNullable<unknown>>(
  store: Pick<Store, 'get' | 'commit'>,
  key: Key,
  decide: (entry: Entry) => Change<T> | null | Promise<Change<T> | null>,
  options: RetryOptions,
): Promise<T | null> {
  return untilApplied<T | null>(async () => {
    const entry = await store.get(key);
    const change = entry === null ? null : await decide(entry);
    if (entry === null || change === null) return null;
    const { result, commit } = change;
    const checks = [{ key, version: entry.version }, ...(commit.checks ?? [])];
    return (await store.commit({ ...commit, checks })).ok ? result : undefined;
  }, options);
}
