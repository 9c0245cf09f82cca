import { randomBytes } from 'node:crypto';
import type { Commit, CommitResult, Entry, Key, ListOptions, LogSlice, ReadOptions, Store } from '../../contract.ts';
import { type CommitPlan, checkKeys, checkLimit, planCommit } from '../commit-plan.ts';
import { toPosition } from '../cursors.ts';
import { encodeKey, rangeBelow } from '../key-encoding.ts';
import { LogTails } from '../log-tail.ts';
import { unavailable } from '../unavailable.ts';
import { type Database, transact } from './database.ts';
import { EntryTable } from './entry-table.ts';
import { GroupCommit } from './group-commit.ts';
import { LogTable } from './log-table.ts';
import { openStoreDatabase } from './schema.ts';

// Waiting for another process blocks the event loop; commands hold the lock for milliseconds.
const busyTimeoutMs = 2000;
const followLimit = 500;

export interface SqliteOptions {
  /** A file, created if need be together with its folder, or `:memory:`. */
  path: string;
  /** Epoch milliseconds. */
  now?: () => number;
}

/** Opens the embedded store. Throws an `OperatorError` when the file cannot be used. */
export function openSqliteStore({ path, now = Date.now }: SqliteOptions): SqliteStore {
  return new SqliteStore(openStoreDatabase({ path, busyTimeoutMs }), now);
}

/** The storage contract over one database, which it closes. */
export class SqliteStore implements Store {
  /** For what is beyond the contract: rewriting values in place, and wiping former ones. */
  readonly database: Database;
  readonly #now: () => number;
  readonly #entries: EntryTable;
  readonly #logs: LogTable;
  readonly #followers: LogTails;
  readonly #group: GroupCommit;
  // A random prefix for each opening makes versions unique without a counter in the database.
  readonly #opening = randomBytes(9).toString('base64url');
  #commits = 0;

  constructor(database: Database, now: () => number) {
    this.database = database;
    this.#now = now;
    this.#entries = new EntryTable(database);
    this.#logs = new LogTable(database);
    this.#followers = new LogTails({
      read: (log, position) => this.#orUnavailable(() => this.#logs.read(log, position, followLimit)),
    });
    this.#group = new GroupCommit({
      transact: (work) => this.#orUnavailable(() => this.#transact(work)),
      apply: (plan) => this.#apply(plan),
    });
  }

  async get(key: Key): Promise<Entry | null> {
    const encoded = encodeKey(key);
    return this.#orUnavailable(() => this.#entries.get(encoded, this.#now()));
  }

  async getMany(keys: readonly Key[]): Promise<(Entry | null)[]> {
    const encoded = checkKeys(keys).map(encodeKey);
    return this.#orUnavailable(() => this.#entries.getMany(encoded, this.#now()));
  }

  async list(prefix: Key, options: ListOptions): Promise<Entry[]> {
    const limit = checkLimit(options.limit);
    const after = encodeKey(options.after ?? prefix);
    return this.#orUnavailable(() => this.#entries.list({ ...rangeBelow(prefix), after, limit }, this.#now()));
  }

  async commit(commit: Commit): Promise<CommitResult> {
    const plan = planCommit(commit);
    this.#refuseWhenClosed();
    const result = await this.#group.add(plan);
    if (result.ok) for (const { log } of plan.appends) this.#followers.wake(log);
    return result;
  }

  async read(log: Key, options: ReadOptions): Promise<LogSlice> {
    const encoded = encodeKey(log);
    const after = toPosition(options.after);
    const limit = checkLimit(options.limit);
    return this.#orUnavailable(() => this.#logs.read(encoded, after, limit));
  }

  async tail(log: Key): Promise<string | null> {
    const encoded = encodeKey(log);
    return this.#orUnavailable(() => this.#logs.tail(encoded));
  }

  async *follow(log: Key, options: { after?: string; signal: AbortSignal }): AsyncGenerator<LogSlice, void> {
    const position = toPosition(options.after);
    const encoded = encodeKey(log);
    this.#refuseWhenClosed();
    yield* this.#followers.follow({ log: encoded, position, signal: options.signal });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.database.isOpen) return;
    this.#group.flush();
    this.#followers.end();
    // The last connection to close checkpoints and removes the write-ahead log.
    this.database.close();
  }

  #apply(plan: CommitPlan): CommitResult {
    const now = this.#now();
    const stale = plan.checks.some(({ key, version }) => this.#entries.version(key, now) !== version);
    if (stale) return { ok: false, reason: 'conflict' };
    this.#commits += 1;
    const version = `${this.#opening}.${this.#commits}`;
    for (const entry of plan.sets) this.#entries.set(entry, version, now);
    for (const key of plan.deletes) this.#entries.delete(key);
    for (const trim of plan.trims) this.#logs.trim(trim);
    return { ok: true, version, cursors: plan.appends.map((entry) => this.#logs.append(entry)) };
  }

  #transact<T>(work: () => T): T {
    return transact(this.database, 'BEGIN IMMEDIATE', () => {
      const result = work();
      this.#entries.removeExpired(this.#now());
      return result;
    });
  }

  #orUnavailable<T>(call: () => T): T {
    this.#refuseWhenClosed();
    try {
      return call();
    } catch (cause) {
      throw unavailable('The store cannot be used at the moment; try again.', { cause });
    }
  }

  #refuseWhenClosed(): void {
    if (!this.database.isOpen) throw unavailable('The store is closed.');
  }
}
