import type { LogSlice } from '../../contract.ts';
import type { CommitPlan, PlannedAppend } from '../commit-plan.ts';
import { toCursor } from '../cursors.ts';
import type { Database, Row, Statement } from './database.ts';
import { bytesIn, integerIn } from './rows.ts';

/**
 * The append-only logs of the store; their keys come encoded. The entries of a log are numbered 1, 2, 3 …; `head` is
 * the last number given out and `trimmed` the last one cut off. Both outlive the entries, so no number is given out twice.
 */
export class LogTable {
  readonly #advance: Statement;
  readonly #insert: Statement;
  readonly #mark: Statement;
  readonly #trim: Statement;
  readonly #read: Statement;
  readonly #head: Statement;

  constructor(database: Database) {
    this.#advance = database.prepare(
      `INSERT INTO logs (key, head, trimmed) VALUES (:key, 1, max(0, 1 - :max)) ON CONFLICT (key) DO UPDATE
       SET head = head + 1, trimmed = max(trimmed, head + 1 - :max) RETURNING id, head, trimmed`,
    );
    this.#insert = database.prepare('INSERT INTO log_entries (log, position, value) VALUES (?, ?, ?)');
    this.#mark = database.prepare(
      'UPDATE logs SET trimmed = max(trimmed, min(:through, head)) WHERE key = :key RETURNING id, trimmed',
    );
    this.#trim = database.prepare('DELETE FROM log_entries WHERE log = ? AND position <= ?');
    this.#head = database.prepare('SELECT head FROM logs WHERE key = ?');
    // One statement, so that entries and `trimmed` are one view even while another process writes.
    this.#read = database.prepare(
      `SELECT logs.trimmed, log_entries.position, log_entries.value FROM logs
       LEFT JOIN log_entries ON log_entries.log = logs.id AND log_entries.position > ?
       WHERE logs.key = ? ORDER BY log_entries.position LIMIT ?`,
    );
  }

  /** Appends an entry, trims the log, and gives the cursor of the entry. */
  append(entry: PlannedAppend): string {
    const row = this.#advance.get({ key: Buffer.from(entry.log), max: entry.maxEntries });
    if (row === undefined) throw new Error('The log gave out no position.');
    const id = integerIn(row, 'id');
    const head = integerIn(row, 'head');
    this.#insert.run(id, head, entry.value);
    this.#trim.run(id, integerIn(row, 'trimmed'));
    return toCursor(head);
  }

  /** Trims a log up to and including a position. */
  trim({ log, through }: CommitPlan['trims'][number]): void {
    const row = this.#mark.get({ key: Buffer.from(log), through });
    if (row !== undefined) this.#trim.run(integerIn(row, 'id'), integerIn(row, 'trimmed'));
  }

  /** The cursor of the newest entry ever; null before the first. */
  tail(log: string): string | null {
    const row = this.#head.get(Buffer.from(log));
    return row === undefined ? null : toCursor(integerIn(row, 'head'));
  }

  /** The entries after a position; 0 is before the first one. */
  read(log: string, after: number, limit: number): LogSlice {
    const rows = this.#read.all(after, Buffer.from(log), limit);
    const [first] = rows;
    const trimmed = first === undefined ? 0 : integerIn(first, 'trimmed');
    return { entries: rows.flatMap(toLogEntries), trimmedThrough: trimmed === 0 ? null : toCursor(trimmed) };
  }
}

/** A log without entries after the position yields one row, without an entry. */
function toLogEntries(row: Row): LogSlice['entries'] {
  const { position } = row;
  if (position === null) return [];
  return [{ cursor: toCursor(integerIn(row, 'position')), value: bytesIn(row, 'value') }];
}
