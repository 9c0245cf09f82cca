import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { GatewayError } from '../../../../src/domain/errors.ts';
import type { Commit, Key } from '../../../../src/store/contract.ts';
import { type Database, openDatabase } from '../../../../src/store/engine/sqlite/database.ts';
import { openStoreDatabase } from '../../../../src/store/engine/sqlite/schema.ts';
import { SqliteStore } from '../../../../src/store/engine/sqlite/store.ts';
import { TemporaryFolder } from '../../contract/sqlite-subject.ts';
import { applied, bytes, isUnavailable, put, texts, textsOf } from '../../contract/support.ts';

const key: Key = ['acme', 'x'];
const log: Key = ['acme', 'events'];

describe('the SQLite store in trouble', () => {
  it('rejects a whole group when the disk is full, applies nothing of it, and works once there is room', async () => {
    using folder = new TemporaryFolder();
    await using opened = openWithDatabase(join(folder.path, 'store.db'));
    const { store, database } = opened;
    await put(store, key, 'before');
    const group = [setting('small'), setting('x'.repeat(1_000_000)), setting('last')];

    database.exec('PRAGMA max_page_count = 50');
    const rejected = await Promise.allSettled(group.map((commit) => store.commit(commit)));
    const afterwards = await texts(store, [key]);
    database.exec('PRAGMA max_page_count = 100000');
    const accepted = await Promise.all(group.map((commit) => store.commit(commit)));

    for (const result of rejected) assertUnavailable(result, /full/);
    assert.deepEqual(afterwards, ['before']);
    for (const result of accepted) applied(result);
    assert.deepEqual(await texts(store, [key]), ['last']);
    assert.equal((await store.read(log, { limit: 10 })).entries.length, 3);
  });

  it('rejects a whole group when one statement of it fails, applies nothing of it, and works afterwards', async () => {
    using folder = new TemporaryFolder();
    await using opened = openWithDatabase(join(folder.path, 'store.db'));
    const { store, database } = opened;
    database.exec(`CREATE TRIGGER poison BEFORE INSERT ON log_entries WHEN new.value = CAST('poison' AS BLOB)
                   BEGIN SELECT RAISE(ABORT, 'poisoned'); END`);

    const group = ['first', 'poison', 'last'].map((value) => store.commit(setting(value)));
    for (const result of await Promise.allSettled(group)) assertUnavailable(result, /poisoned/);

    assert.deepEqual(await texts(store, [key]), [null]);
    applied(await store.commit(setting('after')));
    assert.deepEqual(textsOf(await store.read(log, { limit: 10 })), ['after']);
  });

  it('rejects commits while the database cannot be written, and goes on reading', async () => {
    using folder = new TemporaryFolder();
    await using opened = openWithDatabase(join(folder.path, 'store.db'));
    const { store, database } = opened;
    await put(store, key, 'before');

    database.exec('PRAGMA query_only = ON');
    await assert.rejects(store.commit(setting('refused')), isUnavailable);
    assert.deepEqual(await texts(store, [key]), ['before']);

    database.exec('PRAGMA query_only = OFF');
    applied(await store.commit(setting('after')));
    assert.deepEqual(await texts(store, [key]), ['after']);
  });

  it('rejects commits while another process holds the write lock for long', async () => {
    using folder = new TemporaryFolder();
    const path = join(folder.path, 'store.db');
    await using opened = openWithDatabase(path);
    const { store } = opened;
    const other = openDatabase({ path, busyTimeoutMs: 0 });

    other.exec('BEGIN IMMEDIATE');
    await assert.rejects(store.commit(setting('refused')), isUnavailable);
    assert.deepEqual(await texts(store, [key]), [null]);

    other.exec('ROLLBACK');
    other.close();
    applied(await store.commit(setting('after')));
  });
});

/** Asserts that the inner error is the cause and is kept out of the message, which a client may see. */
function assertUnavailable(result: PromiseSettledResult<unknown>, cause: RegExp): void {
  assert.ok(result.status === 'rejected' && result.reason instanceof GatewayError);
  const { refusal, message, cause: inner } = result.reason;
  assert.equal(refusal.code, 'unavailable');
  assert.ok(refusal.retryAfterMs !== undefined);
  assert.equal(message, 'The store cannot be used at the moment; try again.');
  assert.ok(inner instanceof Error);
  assert.match(inner.message, cause);
}

function setting(value: string): Commit {
  return {
    sets: [{ key, value: bytes(value) }],
    appends: [{ log, value: bytes(value), maxEntries: 10 }],
  };
}

/** A store, and a hold on its connection to make that one fail. */
function openWithDatabase(path: string): AsyncDisposable & { store: SqliteStore; database: Database } {
  const database = openStoreDatabase({ path, busyTimeoutMs: 10 });
  const store = new SqliteStore(database, Date.now);
  return { store, database, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() };
}
