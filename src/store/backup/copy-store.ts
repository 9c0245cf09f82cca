import { closeSync, openSync } from 'node:fs';
import { OperatorError } from '../../domain/errors.ts';
import { keyCheckRecordKey } from '../encryption/key-check-record.ts';
import { encodeKey } from '../engine/key-encoding.ts';
import { type Database, openDatabase } from '../engine/sqlite/database.ts';
import { EntryTable } from '../engine/sqlite/entry-table.ts';
import { currentSchema, firstEncryptedSchema, schemaVersion } from '../engine/sqlite/schema.ts';
import { faultOf } from './inspect-store.ts';

/** Gateways hold the lock for milliseconds. */
const busyTimeoutMs = 10_000;

/** What a copied store says of itself. */
export interface Copied {
  schema: number;
  /** The record of the master key that it is sealed under. */
  record: Uint8Array;
}

/**
 * Copies the database of a store into a new file, which only its owner can read, and checks the copy. Others may write
 * meanwhile: the copy is of one moment. Nothing of what was deleted is in it. Throws, with a sentence for the operator,
 * when the store is not sealed, of a newer release, or damaged.
 */
export function copyStore(from: string, to: string): Copied {
  closeSync(openSync(to, 'wx', 0o600));
  using source = opened(from);
  refuseSchema(schemaVersion(source.database), from);
  // One statement reads all of it in one transaction. `backup()` begins anew whenever another process has written.
  source.database.prepare('VACUUM INTO ?').run(to);
  using copy = opened(to);
  refuseDamaged(copy.database, from);
  const entry = new EntryTable(copy.database).get(encodeKey(keyCheckRecordKey), 0);
  if (entry === null) throw new OperatorError(`The store ${from} is damaged: it does not name its master key.`);
  return { schema: schemaVersion(copy.database), record: entry.value };
}

function opened(path: string): Disposable & { database: Database } {
  const database = openDatabase({ path, busyTimeoutMs });
  return { database, [Symbol.dispose]: () => database.close() };
}

function refuseSchema(version: number, path: string): void {
  if (version > currentSchema) {
    throw new OperatorError(
      `The store ${path} was written by a newer release: back it up with that one, or a later one.`,
    );
  }
  if (version < firstEncryptedSchema) {
    throw new OperatorError(`The store ${path} is not sealed yet. Start the gateway once, which seals it.`);
  }
}

function refuseDamaged(database: Database, path: string): void {
  const fault = faultOf(database);
  if (fault !== null) throw new OperatorError(`The store ${path} is damaged: ${fault}. Restore it from a backup.`);
}
