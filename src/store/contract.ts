/**
 * The storage contract: a small ordered key-value space with versioned entries, atomic commits and append-only logs.
 * Everything durable is written once over it; engines implement it and must pass `test/store/contract/contract.ts`.
 *
 * An engine rejects with a `GatewayError` of code `unavailable` when it cannot be asked, and once it is disposed. A
 * rejected commit may have been applied all the same, so callers commit under ids of their own and repeat. What breaks
 * a rule stated here (a key, a limit, a commit) is a bug of the caller and rejects with a `TypeError`.
 */

/**
 * The address of an entry. The first part is the partition, by custom the organization: all keys and logs of one
 * commit must share it, which lets an engine keep a partition in one place. Parts are non-empty, free of NUL and
 * well-formed Unicode. Entries are ordered by their parts, each compared by its UTF-8 bytes. An entry and a log may
 * have the same key; they know nothing of each other.
 */
export type Key = readonly [partition: string, ...path: string[]];

export interface Entry {
  key: Key;
  /** Reading it throws a `DamagedValueError` when what is stored is not what was written; the rest is still true. */
  value: Uint8Array;
  /** Opaque; changes with every commit that sets the key, and is never used again for it. */
  version: string;
}

export interface SetEntry {
  key: Key;
  value: Uint8Array;
  /** Whole epoch milliseconds by the engine's clock from which on the entry is gone. Absent: it stays. */
  expiresAt?: number;
  /** How long the entry lives from the commit on, in whole milliseconds, whatever the caller's own clock says. */
  lifetimeMs?: number;
}

/** Its values are taken as they are when `commit` is called. */
export interface Commit {
  /** The commit is refused unless each key has this version; null asks that the key is absent. */
  checks?: readonly { key: Key; version: string | null }[];
  /** No key may be set or deleted twice in one commit. */
  sets?: readonly SetEntry[];
  deletes?: readonly Key[];
  /**
   * Logs to trim, before anything is appended: their entries up to and including the cursor are deleted. A cursor that was not
   * given out yet trims what there is, and nothing that is appended later.
   */
  trims?: readonly { log: Key; through: string }[];
  /** Entries to append, in order. `maxEntries` (0 or more) bounds the log: its oldest entries are trimmed past it. */
  appends?: readonly { log: Key; value: Uint8Array; maxEntries: number }[];
}

/** `conflict` means that a check failed and that nothing was applied. */
export type CommitResult = { ok: true; version: string; cursors: string[] } | { ok: false; reason: 'conflict' };

export interface ListOptions {
  /** Only keys behind this one. */
  after?: Key;
  /** At most this many entries, 1 to 1,000. */
  limit: number;
}

export interface LogEntry {
  /**
   * 16 decimal digits; cursors of one log compare as strings in the order of appending and are never used again. One
   * that no log can have given out is refused with `validation_error`, because clients send cursors back to us.
   */
  cursor: string;
  /** As that of an {@link Entry}. */
  value: Uint8Array;
}

export interface LogSlice {
  entries: LogEntry[];
  /**
   * The cursor of the newest entry that was trimmed away, null while none was. A reader whose own cursor is before
   * it has missed entries.
   */
  trimmedThrough: string | null;
}

export interface ReadOptions {
  /** Only entries behind this cursor; absent: from the oldest that is kept. */
  after?: string;
  /** At most this many entries, 1 to 1,000. */
  limit: number;
}

export interface Store extends AsyncDisposable {
  get(key: Key): Promise<Entry | null>;
  /** The entries in the order of the keys, at most 20,000, null for each that is absent; one consistent view. */
  getMany(keys: readonly Key[]): Promise<(Entry | null)[]>;
  /** The entries below a prefix (the prefix itself excluded), in key order. */
  list(prefix: Key, options: ListOptions): Promise<Entry[]>;
  /** Applies all or nothing, and resolves only when the result is durable. */
  commit(commit: Commit): Promise<CommitResult>;
  read(log: Key, options: ReadOptions): Promise<LogSlice>;
  /** The cursor of the newest entry that was ever appended; null before the first. */
  tail(log: Key): Promise<string | null>;
  /**
   * Yields the log in slices, first what is there behind `after`, then what is appended, until the signal aborts
   * (it then returns, and does not throw) or the store is disposed. Slices hold at most 1,000 entries, and are never
   * empty unless `trimmedThrough` is news.
   */
  follow(log: Key, options: { after?: string; signal: AbortSignal }): AsyncIterable<LogSlice>;
}
