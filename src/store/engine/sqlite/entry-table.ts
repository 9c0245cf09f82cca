import type { Entry } from '../../contract.ts';
import { expiryOf, type PlannedSet } from '../commit-plan.ts';
import { decodeKey } from '../key-encoding.ts';
import { type Database, type Row, type Statement, transact } from './database.ts';
import { bytesIn, textIn } from './rows.ts';

// Bounds the cleanup in one transaction; 500 rows take about 3 ms.
const expiredPerSlice = 500;

/** The entries of the store; keys come encoded. An entry that has expired by `now` does not exist for any reader. */
export class EntryTable {
  readonly #database: Database;
  readonly #get: Statement;
  readonly #version: Statement;
  readonly #list: Statement;
  readonly #set: Statement;
  readonly #delete: Statement;
  readonly #removeExpired: Statement;

  constructor(database: Database) {
    const live = '(expires_at IS NULL OR expires_at > ?)';
    this.#database = database;
    this.#get = database.prepare(`SELECT key, version, value FROM entries WHERE key = ? AND ${live}`);
    this.#version = database.prepare(`SELECT version FROM entries WHERE key = ? AND ${live}`);
    this.#list = database.prepare(
      `SELECT key, version, value FROM entries WHERE key > max(?, ?) AND key < ? AND ${live} ORDER BY key LIMIT ?`,
    );
    this.#set = database.prepare(
      `INSERT INTO entries (key, version, expires_at, value) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE
       SET version = excluded.version, expires_at = excluded.expires_at, value = excluded.value`,
    );
    this.#delete = database.prepare('DELETE FROM entries WHERE key = ?');
    this.#removeExpired = database.prepare(
      `DELETE FROM entries WHERE id IN
       (SELECT id FROM entries WHERE expires_at <= ? ORDER BY expires_at LIMIT ${expiredPerSlice})`,
    );
  }

  get(key: string, now: number): Entry | null {
    const row = this.#get.get(Buffer.from(key), now);
    return row === undefined ? null : toEntry(row);
  }

  getMany(keys: readonly string[], now: number): (Entry | null)[] {
    // Another process may commit between two reads; a transaction gives all of them one view.
    return transact(this.#database, 'BEGIN', () => keys.map((key) => this.get(key, now)));
  }

  version(key: string, now: number): string | null {
    const row = this.#version.get(Buffer.from(key), now);
    return row === undefined ? null : textIn(row, 'version');
  }

  /** The entries between two keys, both exclusive, and after a third. */
  list(range: { from: string; to: string; after: string; limit: number }, now: number): Entry[] {
    const [from, after, to] = [Buffer.from(range.from), Buffer.from(range.after), Buffer.from(range.to)];
    return this.#list.all(from, after, to, now, range.limit).map(toEntry);
  }

  set(entry: PlannedSet, version: string, now: number): void {
    this.#set.run(Buffer.from(entry.key), version, expiryOf(entry, now), entry.value);
  }

  delete(key: string): void {
    this.#delete.run(Buffer.from(key));
  }

  /** Frees the room of a bounded number of entries that have expired. */
  removeExpired(now: number): void {
    this.#removeExpired.run(now);
  }
}

function toEntry(row: Row): Entry {
  return { key: decodeKey(bytesIn(row, 'key')), value: bytesIn(row, 'value'), version: textIn(row, 'version') };
}
