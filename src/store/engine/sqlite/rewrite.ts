import type { Key } from '../../contract.ts';
import { cursorsAhead } from '../cursors.ts';
import { decodeKey, encodeKey } from '../key-encoding.ts';
import { type Database, type Row, transact } from './database.ts';
import { bytesIn, integerIn } from './rows.ts';

/** Rows in memory at a time. */
const pageSize = 500;

/** The new values of a store. */
export interface Rewrite {
  entry(key: Key, value: Uint8Array): { key: Key; value: Uint8Array };
  log(key: Key, value: Uint8Array): Uint8Array;
}

/** Whether a store has neither entries nor log entries. */
export function isEmptyStore(database: Database): boolean {
  const row = database
    .prepare('SELECT EXISTS (SELECT 1 FROM entries) OR EXISTS (SELECT 1 FROM log_entries) AS used')
    .get();
  return row !== undefined && integerIn(row, 'used') === 0;
}

/** Rewrites every value of a store in place, in the caller's transaction. Versions and cursors stay. */
export function rewriteValues(database: Database, { entry, log }: Rewrite): void {
  const setEntry = database.prepare('UPDATE entries SET key = ?, value = ? WHERE id = ?');
  for (const row of rowsOf(database, 'SELECT id, key, value FROM entries')) {
    const next = entry(decodeKey(bytesIn(row, 'key')), bytesIn(row, 'value'));
    setEntry.run(Buffer.from(encodeKey(next.key)), next.value, integerIn(row, 'id'));
  }
  const setLogEntry = database.prepare('UPDATE log_entries SET value = ? WHERE id = ?');
  const logRows = `SELECT id, value, key FROM
                   (SELECT log_entries.id, log_entries.value, logs.key FROM log_entries JOIN logs ON logs.id = log)`;
  for (const row of rowsOf(database, logRows)) {
    setLogEntry.run(log(decodeKey(bytesIn(row, 'key')), bytesIn(row, 'value')), integerIn(row, 'id'));
  }
}

/** Removes overwritten and deleted values from the files. False when another process is reading. */
export function wipeResidue(database: Database): boolean {
  database.exec('VACUUM');
  const row = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
  return row !== undefined && integerIn(row, 'busy') === 0;
}

/**
 * Continues every log after all cursors that may have been given out since the store was copied, and deletes its
 * entries: readers learn of the gap, and no cursor is given out twice.
 */
export function breakLogs(database: Database): void {
  transact(database, 'BEGIN IMMEDIATE', () => {
    database.exec('DELETE FROM log_entries');
    database.exec(`UPDATE logs SET head = head + ${cursorsAhead}, trimmed = head + ${cursorsAhead}`);
  });
}

function* rowsOf(database: Database, select: string): Generator<Row> {
  const page = database.prepare(`${select} WHERE id > ? ORDER BY id LIMIT ${pageSize}`);
  for (let after = 0; ; ) {
    const rows = page.all(after);
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined) return;
    after = integerIn(last, 'id');
  }
}
