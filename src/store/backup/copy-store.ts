import { closeSync, openSync } from 'node:fs';
import { OperatorError } from '../../domain/errors.ts';
import { keyCheckRecordKey } from '../encryption/key-check-record.ts';
import { encodeKey } from '../engine/key-encoding.ts';
import { type Database, openDatabase } from '../engine/sqlite/database.ts';
import { EntryTable } from '../engine/sqlite/entry-table.ts';
import { currentSchema, firstEncryptedSchema, schemaVersion } from '../engine/sqlite/schema.ts';
import { faultOf } from './inspect-store.ts';

/** Gateways lock the database for milliseconds. */
const busyTimeoutMs = 10_000;

/** Facts about a copied store. */
export interface Copied {
  schema: number;
  /** The record of its master key. */
  record: Uint8Array;
}

/**
 * Copies the database of a store into a new file, which only its owner can read, and checks the copy. It is of one
 * moment, even while others write, and contains nothing deleted. Throws an `OperatorError` when the store is not
 * encrypted, of a newer release, or corrupt.
 */
export function copyStore(from: string, to: string): Copied {
  closeSync(openSync(to, 'wx', 0o600));
  using source = opened(from);
  refuseSchema(schemaVersion(source.database), from);
  // One statement reads everything in one transaction. `backup()` restarts whenever another process has written.
  source.database.prepare('VACUUM INTO ?').run(to);
  using copy = opened(to);
  refuseCorrupt(copy.database, from);
  const entry = new EntryTable(copy.database).get(encodeKey(keyCheckRecordKey), 0);
  if (entry === null) throw new OperatorError(`The store ${from} is corrupt: it does not name its master key.`);
  return { schema: schemaVersion(copy.database), record: entry.value };
}

function opened(path: string): Disposable & { database: Database } {
  const database = openDatabase({ path, busyTimeoutMs });
  return { database, [Symbol.dispose]: () => database.close() };
}

function refuseSchema(version: number, path: string): void {
  if (version > currentSchema) {
    throw new OperatorError(
      `The store ${path} was written by a newer release: back it up with that release, or a later one.`,
    );
  }
  if (version < firstEncryptedSchema) {
    throw new OperatorError(`The store ${path} is not encrypted yet. Start the gateway once, which encrypts it.`);
  }
}

function refuseCorrupt(database: Database, path: string): void {
  const fault = faultOf(database);
  if (fault !== null) throw new OperatorError(`The store ${path} is corrupt: ${fault}. Restore it from a backup.`);
}
