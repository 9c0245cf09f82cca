import type { Commit, Key } from '../contract.ts';
import { encrypt } from './cipher.ts';
import { contextOf, type DataKey, hideName, isNamed, type KeyScope, scopeOf } from './key-scope.ts';

/** The scopes whose data keys a commit needs. Throws a TypeError for one that touches the keys' own partition. */
export function scopesOf({ checks = [], sets = [], deletes = [], trims = [], appends = [] }: Commit): KeyScope[] {
  const scopes = new Set<KeyScope>();
  for (const { key } of sets) scopes.add(scopeOf(key));
  for (const { log } of appends) scopes.add(scopeOf(log));
  for (const { log } of trims) scopeOf(log);
  for (const key of [...checks.map(({ key }) => key), ...deletes]) {
    const scope = scopeOf(key);
    if (isNamed(key)) scopes.add(scope);
  }
  return [...scopes];
}

/** The same commit with encrypted values and hidden names. */
export function encryptCommit(commit: Commit, keyOf: (scope: KeyScope) => DataKey | undefined): Commit {
  const { checks = [], sets = [], deletes = [], trims = [], appends = [] } = commit;
  const stored = (key: Key): Key => (isNamed(key) ? hideName(key, dataKeyFor(key, keyOf)) : key);
  return {
    checks: checks.map(({ key, version }) => ({ key: stored(key), version })),
    sets: sets.map((set) => {
      const key = stored(set.key);
      return { ...set, key, value: encrypt(dataKeyFor(key, keyOf), contextOf('entry', key), set.value) };
    }),
    deletes: deletes.map(stored),
    trims,
    appends: appends.map((append) => ({
      ...append,
      value: encrypt(dataKeyFor(append.log, keyOf), contextOf('log', append.log), append.value),
    })),
  };
}

function dataKeyFor(key: Key, keyOf: (scope: KeyScope) => DataKey | undefined): DataKey {
  const dataKey = keyOf(scopeOf(key));
  if (dataKey === undefined) throw new Error('a commit is encrypted before its data keys are loaded');
  return dataKey;
}
