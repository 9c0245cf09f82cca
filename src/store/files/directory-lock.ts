import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { OperatorError } from '../../domain/errors.ts';
import { type Database, openDatabase } from '../engine/sqlite/database.ts';

const sqliteBusy = 5;

// A handle that is garbage collected would give its lock up, so the held ones are kept reachable.
const held = new Set<Database>();

/**
 * Takes a data directory, created if need be, for this process alone: two gateways on one directory would fight over
 * the same WhatsApp logins. The lock is one of the operating system, so it ends with the process, also on a kill.
 * Throws, with a sentence for the operator, when another process has it.
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

/** Whether somebody has taken a data directory. Nothing is changed, and nobody kept waiting. */
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
  return `The data directory ${path} cannot be used: ${reason}. It needs room on its disk, and this user must be able to write there.`;
}
