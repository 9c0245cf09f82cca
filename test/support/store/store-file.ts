import type { Key } from '../../../src/store/contract.ts';
import { decodeKey, encodeKey } from '../../../src/store/engine/key-encoding.ts';
import { type Database, openDatabase, type Row } from '../../../src/store/engine/sqlite/database.ts';
import { bytesIn, integerIn } from '../../../src/store/engine/sqlite/rows.ts';

/** The file of a store, looked at and changed behind the back of whoever has it open. */
export class StoreFile {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** The keys of all entries, as they lie in the file. */
  keys(): Key[] {
    const rows = this.#with((database) => database.prepare('SELECT key FROM entries ORDER BY key').all());
    return rows.map((row) => decodeKey(bytesIn(row, 'key')));
  }

  /** The value of an entry as it lies in the file. */
  read(key: Key): Uint8Array {
    return bytesIn(this.#row('SELECT value FROM entries WHERE key = ?', key), 'value');
  }

  write(key: Key, value: Uint8Array): void {
    this.#with((database) => {
      database.prepare('UPDATE entries SET value = ? WHERE key = ?').run(value, Buffer.from(encodeKey(key)));
    });
  }

  /** Changes one byte of an entry; without a place one in the middle. */
  damage(key: Key, at?: number): void {
    this.write(key, changed(this.read(key), at));
  }

  delete(key: Key): void {
    this.#with((database) => {
      database.prepare('DELETE FROM entries WHERE key = ?').run(Buffer.from(encodeKey(key)));
    });
  }

  /** The newest value of a log as it lies in the file. */
  readLog(log: Key): Uint8Array {
    return bytesIn(this.#newest(log), 'value');
  }

  /** Writes in place of the newest value of a log. */
  writeLog(log: Key, value: Uint8Array): void {
    const id = integerIn(this.#newest(log), 'id');
    this.#with((database) => {
      database.prepare('UPDATE log_entries SET value = ? WHERE id = ?').run(value, id);
    });
  }

  /** Changes one byte of the newest value of a log. */
  damageLog(log: Key): void {
    this.writeLog(log, changed(this.readLog(log)));
  }

  #newest(log: Key): Row {
    const select = `SELECT log_entries.id, log_entries.value FROM log_entries JOIN logs ON logs.id = log
                    WHERE logs.key = ? ORDER BY position DESC LIMIT 1`;
    return this.#row(select, log);
  }

  #row(select: string, key: Key): Row {
    const row = this.#with((database) => database.prepare(select).get(Buffer.from(encodeKey(key))));
    if (row === undefined) throw new Error('there is no such entry');
    return row;
  }

  #with<T>(use: (database: Database) => T): T {
    const database = openDatabase({ path: this.#path, busyTimeoutMs: 5_000 });
    try {
      return use(database);
    } finally {
      database.close();
    }
  }
}

function changed(value: Uint8Array, at = Math.floor(value.length / 2)): Uint8Array {
  const copy = new Uint8Array(value);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}
