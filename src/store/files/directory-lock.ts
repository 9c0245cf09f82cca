import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { OperatorError } from '../../domain/errors.ts';
import { type Database, openDatabase } from '../engine/sqlite/database.ts';

const sqliteBusy = 5;

// Garbage collection of a handle would release its lock, so they stay reachable.
const held = new Set<Database>();

/**
 * Locks a data directory, which is created if missing, for this process: two gateways on one directory would compete for
 * the same WhatsApp logins. The operating system releases the lock when the process ends, however it ends. Throws an
 * `OperatorError` when another process has it.
 */
export function lockDirectory(path: string): Disposable {
  const database = openLock(path);
  held.add(database);
  return {
    [Symbol.dispose]() {
      if (held.delete(database)) database.close();
    },
  };
}

/** Whether a process has locked a data directory. Changes nothing, and blocks no process. */
export function isLocked(path: string): boolean {
  const file = lockIn(path);
  if (!existsSync(file)) return false;
  const database = openDatabase({ path: file, busyTimeoutMs: 0 });
  try {
    database.prepare('SELECT count(*) FROM sqlite_master').get();
    return false;
  } catch (error) {
    if (isBusy(error)) return true;
    throw error;
  } finally {
    database.close();
  }
}

function lockIn(path: string): string {
  return join(path, 'gateway.lock');
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy;
}

function openLock(path: string): Database {
  let database: Database | undefined;
  try {
    database = openDatabase({ path: lockIn(path), busyTimeoutMs: 0 });
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database?.close();
    throw new OperatorError(sentenceFor(path, error), { cause: error });
  }
}

function sentenceFor(path: string, error: unknown): string {
  if (isBusy(error)) {
    return `Another gateway is running on ${path}. Stop it, or set DATA_DIR to give this one a directory of its own.`;
  }
  const reason = error instanceof Error ? error.message : String(error);
  return `The data directory ${path} cannot be used: ${reason}. It needs free space on its disk, and this user must be able to write there.`;
}
