/**
 * The storage contract: a small ordered key-value space with versioned entries, atomic commits and append-only logs.
 * Everything durable is written once over it; engines implement it and must pass `test/store/contract/contract.ts`.
 *
 * An engine rejects with a `GatewayError` of code `unavailable` when it cannot be reached, and once it is disposed. A
 * rejected commit may still have been applied, so callers commit under ids of their own and repeat. What breaks
 * a rule stated here (a key, a limit, a commit) is a bug of the caller and rejects with a `TypeError`.
 */

/**
 * The address of an entry. The first part is the partition, by custom the organization: all keys and logs of one
 * commit must share it, which lets an engine keep a partition in one place. Parts are non-empty, free of NUL and
 * well-formed Unicode. Entries are ordered by their parts, each compared by its UTF-8 bytes. An entry and a log may
 * have the same key; they are independent.
 */
export type Key = readonly [partition: string, ...path: string[]];

export interface Entry {
  key: Key;
  /** Reading it throws a `DamagedValueError` when the stored value cannot be decrypted; the other fields are valid. */
  value: Uint8Array;
  /** Opaque; changes with every commit that sets the key, and is never used again for it. */
  version: string;
}

export interface SetEntry {
  key: Key;
  value: Uint8Array;
  /** When the entry expires, in whole epoch milliseconds by the engine's clock. Absent: never. */
  expiresAt?: number;
  /** Milliseconds from the commit to expiry, by the engine's clock: the caller's own does not matter. A whole number. */
  lifetimeMs?: number;
}

/** Values are copied when `commit` is called. */
export interface Commit {
  /** The commit is refused unless each key has this version; null: the key must be absent. */
  checks?: readonly { key: Key; version: string | null }[];
  /** No key may be set or deleted twice in one commit. */
  sets?: readonly SetEntry[];
  deletes?: readonly Key[];
  /**
   * Logs to trim, before anything is appended: their entries up to and including the cursor are deleted. A cursor that was not
   * given out yet trims what exists, and nothing that is appended later.
   */
  trims?: readonly { log: Key; through: string }[];
  /** Entries to append, in order. `maxEntries` (0 or more) bounds the log: its oldest entries are trimmed past it. */
  appends?: readonly { log: Key; value: Uint8Array; maxEntries: number }[];
}

/** `conflict` means that a check failed and that nothing was applied. */
export type CommitResult = { ok: true; version: string; cursors: string[] } | { ok: false; reason: 'conflict' };

export interface ListOptions {
  /** Only keys after this one. */
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
  /** Reading it throws as with an {@link Entry}. */
  value: Uint8Array;
}

export interface LogSlice {
  entries: LogEntry[];
  /**
   * The cursor of the newest trimmed entry, null while none is. A reader whose own cursor is before it has missed
   * entries.
   */
  trimmedThrough: string | null;
}

export interface ReadOptions {
  /** Only entries after this cursor. Absent: from the oldest. */
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
   * Yields the log in slices, first what exists after `after`, then what is appended, until the signal aborts
   * (it then returns, and does not throw) or the store is disposed. Slices hold at most 1,000 entries, and are never
   * empty unless `trimmedThrough` is new.
   */
  follow(log: Key, options: { after?: string; signal: AbortSignal }): AsyncIterable<LogSlice>;
}
