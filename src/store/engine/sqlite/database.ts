import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
// The only import of node:sqlite: newer lines of Node rename the class.
import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite';

export type Database = DatabaseSync;
export type Statement = StatementSync;
export type Row = Record<string, SQLOutputValue>;

export interface DatabaseOptions {
  path: string;
  /** How long a statement blocks for the lock of another process before it fails. */
  busyTimeoutMs: number;
}

/** Opens a database file, or `:memory:`. A new file can be read by its owner only, and so can the folder made for it. */
export function openDatabase(options: DatabaseOptions): Database {
  if (options.path !== ':memory:') createPrivately(options.path);
  return new DatabaseSync(options.path, { timeout: options.busyTimeoutMs });
}

/** Runs synchronous work in a transaction, which is rolled back when the work or the COMMIT throws. */
export function transact<T>(database: Database, begin: 'BEGIN' | 'BEGIN IMMEDIATE', work: () => T): T {
  database.exec(begin);
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // Some errors, a full disk among them, have rolled back already.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** SQLite creates its files readable by all, but gives journal files the mode of the database file. */
function createPrivately(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, 'a', 0o600));
}
