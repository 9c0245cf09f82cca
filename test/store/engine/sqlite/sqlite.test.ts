import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Key } from '../../../../src/store/contract.ts';
import { openDatabase } from '../../../../src/store/engine/sqlite/database.ts';
import { integerIn } from '../../../../src/store/engine/sqlite/rows.ts';
import { openStoreDatabase } from '../../../../src/store/engine/sqlite/schema.ts';
import { openSqliteStore } from '../../../../src/store/engine/sqlite/store.ts';
import { storeContract } from '../../contract/contract.ts';
import { openSubject, TemporaryFolder } from '../../contract/sqlite-subject.ts';
import { applied, bytes, numbered, put, TestClock, texts } from '../../contract/support.ts';

storeContract('an SQLite file', openSubject);

describe('the SQLite store', () => {
  it('writes all commits of one turn in one transaction, and those of another turn in another', async () => {
    using folder = new TemporaryFolder();
    const path = join(folder.path, 'store.db');
    await using store = openSqliteStore({ path });
    const before = transactionsIn(`${path}-wal`);

    const putAfterReading = async (name: string) => {
      await store.get(['acme', name]);
      await put(store, ['acme', name], 'x');
    };
    await Promise.all(
      numbered(100).map((name) => (name < '5' ? put(store, ['acme', name], 'x') : putAfterReading(name))),
    );
    const afterOneTurn = transactionsIn(`${path}-wal`);
    for (const name of numbered(5)) await put(store, ['acme', name], 'y');

    assert.equal(afterOneTurn - before, 1);
    assert.equal(transactionsIn(`${path}-wal`) - afterOneTurn, 5);
  });

  it('has the disk flushed by each transaction', () => {
    using folder = new TemporaryFolder();
    const database = openStoreDatabase({ path: join(folder.path, 'store.db'), busyTimeoutMs: 0 });
    const settings = ['journal_mode', 'synchronous'].map((name) => ({ ...database.prepare(`PRAGMA ${name}`).get() }));
    database.close();

    const full = 2;
    assert.deepEqual(settings, [{ journal_mode: 'wal' }, { synchronous: full }]);
  });

  it('removes expired entries from the file in bounded slices as commits pass', async () => {
    using folder = new TemporaryFolder();
    const path = join(folder.path, 'store.db');
    const clock = new TestClock();
    await using store = openSqliteStore({ path, now: clock.now });
    const expiresAt = clock.now() + 1;
    const sets = numbered(1200).map((name) => ({ key: ['acme', name] as const, value: bytes('x'), expiresAt }));
    applied(await store.commit({ sets }));
    clock.advance(1);

    const rowsLeft: number[] = [];
    for (let commits = 0; commits < 3; commits += 1) {
      await put(store, ['acme', 'kept'], 'x');
      rowsLeft.push(entriesIn(path));
    }

    assert.deepEqual(rowsLeft, [701, 201, 1]);
  });

  it('works in memory too', async () => {
    await using store = openSqliteStore({ path: ':memory:' });
    const key: Key = ['acme', 'x'];

    await put(store, key, 'hello');

    assert.deepEqual(await texts(store, [key]), ['hello']);
  });
});

describe('the file of the SQLite store', () => {
  it('can be used by its owner only, like its folder, and is the only one left after disposal', async () => {
    using folder = new TemporaryFolder();
    const data = join(folder.path, 'new', 'data');
    const store = openSqliteStore({ path: join(data, 'store.db') });
    await put(store, ['acme', 'x'], 'x');

    const files = readdirSync(data).toSorted();
    const modes = files.map((file) => modeOf(join(data, file)));
    await store[Symbol.asyncDispose]();

    assert.deepEqual(files, ['store.db', 'store.db-shm', 'store.db-wal']);
    assert.deepEqual(modes, ['600', '600', '600']);
    assert.equal(modeOf(data), '700');
    assert.deepEqual(readdirSync(data), ['store.db']);
  });

  it('is refused and left alone when its schema is newer, with a word on what to do', () => {
    using folder = new TemporaryFolder();
    const path = join(folder.path, 'store.db');
    const newer = openDatabase({ path, busyTimeoutMs: 0 });
    newer.exec('PRAGMA user_version = 99');
    newer.close();
    const content = readFileSync(path);

    assert.throws(() => openSqliteStore({ path }), /store\.db cannot be opened: .*99.*Start the release that wrote it/);
    assert.deepEqual(readFileSync(path), content);
  });

  it('is refused by its name when it is not a database', () => {
    using folder = new TemporaryFolder();
    const path = join(folder.path, 'store.db');
    writeFileSync(path, 'This is not a database, but it is long enough to be taken for a damaged one.'.repeat(20));

    assert.throws(() => openSqliteStore({ path }), /store\.db cannot be opened: file is not a database/);
  });
});

/** Counts the frames that end a transaction: they alone carry the size of the database. */
function transactionsIn(walPath: string): number {
  const wal = readFileSync(walPath);
  const frameBytes = 24 + wal.readUInt32BE(8);
  let transactions = 0;
  for (let frame = 32; frame + frameBytes <= wal.length; frame += frameBytes) {
    if (wal.readUInt32BE(frame + 4) > 0) transactions += 1;
  }
  return transactions;
}

function entriesIn(path: string): number {
  const database = openDatabase({ path, busyTimeoutMs: 0 });
  const row = database.prepare('SELECT count(*) AS entries FROM entries').get() ?? {};
  database.close();
  return integerIn(row, 'entries');
}

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}
