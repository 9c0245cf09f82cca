import { keyCheckRecordKey } from '../encryption/key-check-record.ts';
import { encodeKey } from '../engine/key-encoding.ts';
import { type Database, openDatabase } from '../engine/sqlite/database.ts';
import { EntryTable } from '../engine/sqlite/entry-table.ts';
import { textIn } from '../engine/sqlite/rows.ts';
import { currentSchema, schemaVersion } from '../engine/sqlite/schema.ts';

const busyTimeoutMs = 2_000;

/** Facts about the file of a store. */
interface Inspected {
  schema: number;
  /** The newest schema that this release knows. */
  known: number;
  /** What SQLite finds wrong; null when nothing is. */
  fault: string | null;
  /** The record of the master key; null when there is none, or this release does not know the schema. */
  record: Uint8Array | null;
}

/** Reads facts about the store in a file, which must exist. Changes nothing; gateways may run on it. */
export function inspectStore(path: string, part: 'all of it' | 'its head'): Inspected {
  const database = openDatabase({ path, busyTimeoutMs });
  try {
    return inspect(database, part);
  } catch (error) {
    const fault = error instanceof Error ? error.message : String(error);
    return { schema: 0, known: currentSchema, fault, record: null };
  } finally {
    database.close();
  }
}

function inspect(database: Database, part: 'all of it' | 'its head'): Inspected {
  const schema = schemaVersion(database);
  const fault = part === 'all of it' ? faultOf(database) : null;
  const isReadable = schema > 0 && schema <= currentSchema;
  const entry = isReadable ? new EntryTable(database).get(encodeKey(keyCheckRecordKey), 0) : null;
  return { schema, known: currentSchema, fault, record: entry?.value ?? null };
}

/** What SQLite finds wrong with a database; null when nothing is. */
export function faultOf(database: Database): string | null {
  const row = database.prepare('PRAGMA integrity_check(1)').get();
  const found = row === undefined ? 'nothing can be read' : textIn(row, 'integrity_check');
  return found === 'ok' ? null : found;
}
