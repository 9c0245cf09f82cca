import assert from 'node:assert/strict';
import type {
  Commit,
  CommitResult,
  Entry,
  Key,
  ListOptions,
  LogSlice,
  ReadOptions,
} from '../../../src/store/contract.ts';

interface ModelEntry extends Entry {
  expiresAt: number;
}

interface ModelLog extends LogSlice {
  newest: string;
}

/** The storage contract in its plainest form, to compare an engine with. It takes versions and cursors from there. */
export class Model {
  readonly #now: () => number;
  readonly #entries = new Map<string, ModelEntry>();
  readonly #logs = new Map<string, ModelLog>();
  readonly #versions = new Set<string>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Asserts that the result is the right one, and follows it. */
  commit(commit: Commit, result: CommitResult): void {
    const { checks = [], sets = [], deletes = [], trims = [], appends = [] } = commit;
    const expected = checks.every(({ key, version }) => (this.get(key)?.version ?? null) === version);
    assert.equal(result.ok, expected);
    if (!result.ok) return;
    assert.ok(!this.#versions.has(result.version), 'a version came twice');
    this.#versions.add(result.version);
    for (const { key, value, expiresAt = Number.POSITIVE_INFINITY } of sets) {
      this.#entries.set(nameOf(key), { key, value, expiresAt, version: result.version });
    }
    for (const key of deletes) this.#entries.delete(nameOf(key));
    for (const trim of trims) this.#trim(trim);
    assert.equal(result.cursors.length, appends.length);
    for (const [index, entry] of appends.entries()) this.#append(entry, result.cursors[index] ?? '');
  }

  get(key: Key): Entry | null {
    const found = this.#entries.get(nameOf(key));
    return found === undefined || found.expiresAt <= this.#now() ? null : toEntry(found);
  }

  list(prefix: Key, { after = prefix, limit }: ListOptions): Entry[] {
    return [...this.#entries.values()]
      .filter((entry) => entry.expiresAt > this.#now() && isBelow(prefix, entry.key))
      .filter((entry) => compareKeys(entry.key, after) > 0)
      .sort((left, right) => compareKeys(left.key, right.key))
      .slice(0, limit)
      .map(toEntry);
  }

  read(log: Key, { after = '', limit }: ReadOptions): LogSlice {
    const { entries, trimmedThrough } = this.#logOf(log);
    return { entries: entries.filter(({ cursor }) => cursor > after).slice(0, limit), trimmedThrough };
  }

  #trim({ log, through }: { log: Key; through: string }): void {
    const kept = this.#logOf(log);
    while ((kept.entries[0]?.cursor ?? '~') <= through) kept.trimmedThrough = kept.entries.shift()?.cursor ?? null;
  }

  #append({ log, value, maxEntries }: { log: Key; value: Uint8Array; maxEntries: number }, cursor: string): void {
    const kept = this.#logOf(log);
    assert.ok(cursor > kept.newest, 'a cursor does not come after the one before');
    kept.newest = cursor;
    kept.entries.push({ cursor, value });
    while (kept.entries.length > maxEntries) kept.trimmedThrough = kept.entries.shift()?.cursor ?? null;
  }

  #logOf(log: Key): ModelLog {
    const known = this.#logs.get(nameOf(log)) ?? { entries: [], trimmedThrough: null, newest: '' };
    this.#logs.set(nameOf(log), known);
    return known;
  }
}

function nameOf(key: Key): string {
  return JSON.stringify(key);
}

function toEntry({ key, value, version }: ModelEntry): Entry {
  return { key, value, version };
}

function isBelow(prefix: Key, key: Key): boolean {
  return key.length > prefix.length && prefix.every((part, index) => part === key[index]);
}

function compareKeys(left: Key, right: Key): number {
  for (const [index, part] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    const order = Buffer.compare(Buffer.from(part), Buffer.from(other));
    if (order !== 0) return order;
  }
  return left.length - right.length;
}
