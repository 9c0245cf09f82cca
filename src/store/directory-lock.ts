import { join } from 'node:path';
import { OperatorError } from '../domain/errors.ts';
import { type Database, openDatabase } from './sqlite-database.ts';

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

function openLock(path: string): Database {
  let database: Database | undefined;
  try {
    database = openDatabase({ path: join(path, 'gateway.lock'), busyTimeoutMs: 0 });
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database?.close();
    throw new OperatorError(sentenceFor(path, error), { cause: error });
  }
}

function sentenceFor(path: string, error: unknown): string {
  if (error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy) {
    return `Another gateway is running on ${path}. Stop it, or set DATA_DIR to give this one a directory of its own.`;
  }
  const reason = error instanceof Error ? error.message : String(error);
  return `The data directory ${path} cannot be used: ${reason}. It needs room on its disk, and this user must be able to write there.`;
}
