import { OperatorError } from '../../../domain/errors.ts';
import { type Database, type DatabaseOptions, openDatabase, transact } from './database.ts';
import { integerIn } from './rows.ts';

// Small columns stand before the value, so that a version is read without the overflow pages of a large value.
// Tables keep their rowid: with values of 1 KB, WITHOUT ROWID made writes several times slower.
const firstSchema = `
  CREATE TABLE entries (
    id INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE,
    version TEXT NOT NULL,
    expires_at INTEGER,
    value BLOB NOT NULL
  ) STRICT;
  CREATE INDEX entries_by_expiry ON entries (expires_at) WHERE expires_at IS NOT NULL;

  CREATE TABLE logs (
    id INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE,
    head INTEGER NOT NULL,
    trimmed INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE log_entries (
    id INTEGER PRIMARY KEY,
    log INTEGER NOT NULL,
    position INTEGER NOT NULL,
    value BLOB NOT NULL,
    UNIQUE (log, position)
  ) STRICT;
`;

/** The tables stay, but values are encrypted: an earlier release must not take them for corrupt ones. */
const encryptedValues = '';

/** The n-th step leads from schema n to schema n + 1. Steps are appended and never changed. */
const steps: readonly string[] = [firstSchema, encryptedValues];

/** Opens the database of a store and brings it to the schema of this release. Throws an `OperatorError`. */
export function openStoreDatabase(options: DatabaseOptions): Database {
  let database: Database | undefined;
  try {
    database = openDatabase(options);
    refuseNewerSchema(database);
    database.exec('PRAGMA journal_mode = WAL');
    // Each COMMIT reaches the disk before it returns. SQLite can be built with a weaker default for WAL mode.
    database.exec('PRAGMA synchronous = FULL');
    // Deleted rows are overwritten where that costs no extra write: a deleted data key must not be readable.
    database.exec('PRAGMA secure_delete = FAST');
    migrate(database);
    return database;
  } catch (error) {
    database?.close();
    const reason = error instanceof Error ? error.message : String(error);
    throw new OperatorError(`The store ${options.path} cannot be opened: ${reason}.`, { cause: error });
  }
}

/** Throws when the database was written by a newer release, whose schema this one cannot know. */
function refuseNewerSchema(database: Database): void {
  const version = schemaVersion(database);
  if (version <= steps.length) return;
  throw new OperatorError(
    `its schema is version ${version} and this release knows versions up to ${steps.length}. ` +
      'Start the release that wrote it, or a later one',
  );
}

/** Brings the database to the schema of this release. Several processes may do so at once. */
function migrate(database: Database): void {
  if (schemaVersion(database) === steps.length) return;
  transact(database, 'BEGIN IMMEDIATE', () => {
    for (const step of steps.slice(schemaVersion(database))) database.exec(step);
    database.exec(`PRAGMA user_version = ${steps.length}`);
  });
}

/** The schema of this release. */
export const currentSchema = steps.length;

/** The first schema with encrypted values. */
export const firstEncryptedSchema = 2;

/** The schema of a database; 0 for a new one. */
export function schemaVersion(database: Database): number {
  const row = database.prepare('PRAGMA user_version').get();
  return row === undefined ? 0 : integerIn(row, 'user_version');
}
