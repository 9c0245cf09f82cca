import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Key } from '../../../src/store/contract.ts';
import { encryptionKeyOf } from '../../../src/store/encryption/cipher.ts';
import { encryptExisting } from '../../../src/store/encryption/encrypt-existing.ts';
import { openDatabase } from '../../../src/store/engine/sqlite/database.ts';
import { openSqliteStore } from '../../../src/store/engine/sqlite/store.ts';
import { append, numbered, put, texts, textsOf } from '../contract/support.ts';
import { ChildProgram } from '../support/child-program.ts';
import { SealedFolder } from './support.ts';

const canary = 'a canary that nobody may see';
const phone = '491700000001';
const log: Key = ['acme', 'events'];

const keys: Key[] = [
  ['gateway', 'api-key', 'K1'],
  ['gateway', 'organization', 'acme'],
  ['acme', 'session', 'S1'],
  ['acme', 'credentials', 'S1'],
  ['acme', 'signal', 'S1', 'I1', 'session', `${phone}.0`],
  ['acme', 'group', 'S1', `${phone}-1600000000@g.us`],
  ...numbered(1_200).map((name): Key => ['acme', 'outbox', 'S1', name]),
];

/** A store as the release before sealing wrote it, left as after a kill: with a write-ahead log. */
async function clearStore(): Promise<SealedFolder> {
  const folder = new SealedFolder();
  {
    await using store = openSqliteStore({ path: folder.storePath });
    for (const key of keys.slice(0, 6)) await put(store, key, `${key} ${canary}`);
    await Promise.all(keys.slice(6).map((key) => put(store, key, `${key} ${canary}`)));
    await append(
      store,
      log,
      numbered(1_500).map((name) => `${name} ${canary}`),
      1_000,
    );
    await put(store, ['acme', 'x'], `${canary} that was deleted`);
    await store.commit({ deletes: [['acme', 'x']] });
  }
  setSchemaVersion(folder, 1);
  return folder;
}

function setSchemaVersion(folder: SealedFolder, version: number): void {
  const database = openDatabase({ path: folder.storePath, busyTimeoutMs: 0 });
  database.exec(`PRAGMA user_version = ${version}`);
  database.close();
}

function readable(folder: SealedFolder): string[] {
  return readdirSync(folder.dataDir).filter((name) => {
    const content = readFileSync(`${folder.dataDir}/${name}`);
    return content.includes(canary) || content.includes(phone);
  });
}

async function assertWhole(folder: SealedFolder): Promise<void> {
  await using store = await folder.open();
  assert.deepEqual(
    await texts(store, keys),
    keys.map((key) => `${key} ${canary}`),
  );
  const { entries, trimmedThrough } = await store.read(log, { limit: 1_000 });
  assert.deepEqual(
    textsOf({ entries, trimmedThrough }),
    numbered(1_000, 501).map((name) => `${name} ${canary}`),
  );
  assert.equal(trimmedThrough, '500'.padStart(16, '0'));
  assert.deepEqual(folder.damaged, []);
}

test('a store in plaintext is encrypted when the gateway opens it, and nothing readable is left in any file', async () => {
  using folder = await clearStore();
  assert.deepEqual(readable(folder), ['troupe.db']);

  {
    await using _store = await folder.open();
    assert.deepEqual(readable(folder), [], 'while the store is open');
  }

  assert.deepEqual(readable(folder), []);
  assert.ok(existsSync(folder.keyFile));
  await assertWhole(folder);
});

test('versions stay, so that what was read before may still be checked', async () => {
  using folder = new SealedFolder();
  const key: Key = ['acme', 'x'];
  let version = '';
  {
    await using store = openSqliteStore({ path: folder.storePath });
    version = await put(store, key, 'hello');
  }

  await using store = await folder.open();

  assert.equal((await store.get(key))?.version, version);
});

test('an encryption that fails half-way leaves the store in plaintext, and the next one does it', async () => {
  using folder = await clearStore();
  const database = openDatabase({ path: folder.storePath, busyTimeoutMs: 0 });
  database.exec(`CREATE TRIGGER poison BEFORE UPDATE ON log_entries WHEN new.id = 1200
                 BEGIN SELECT RAISE(ABORT, 'poisoned'); END`);

  assert.throws(() => encryptExisting(database, encryptionKeyOf(randomBytes(32)), Date.now()), /poisoned/);
  database.exec('DROP TRIGGER poison');
  database.close();

  assert.deepEqual(folder.file.keys().length, keys.length);
  await assertWhole(folder);
});

test('a take-over that is killed again and again is done in the end, with nothing lost', async () => {
  using folder = await clearStore();

  for (const afterMs of [5, 20, 60, 120]) {
    using opener = new ChildProgram(join(import.meta.dirname, 'opener.ts'), [folder.dataDir, String(afterMs)]);
    await opener.ended();
  }

  await assertWhole(folder);
  assert.deepEqual(readable(folder), []);
});

test('what a kill has left unwiped is wiped at the next start', async () => {
  using folder = await clearStore();
  const database = openDatabase({ path: folder.storePath, busyTimeoutMs: 0 });
  encryptExisting(database, encryptionKeyOf(Buffer.alloc(32, 7)), Date.now());
  database.close();
  assert.deepEqual(readable(folder), ['troupe.db'], 'the case that is tested');

  await using _store = await folder.open({ MASTER_KEY: '07'.repeat(32) });

  assert.deepEqual(readable(folder), []);
  assert.ok(!folder.file.keys().some((key) => key[1] === 'remains'));
});

test('what cannot be wiped because another process reads the store does not prevent opening it', async () => {
  using folder = await clearStore();
  const settings = { MASTER_KEY: '07'.repeat(32) };
  const reader = openDatabase({ path: folder.storePath, busyTimeoutMs: 0 });
  encryptExisting(reader, encryptionKeyOf(Buffer.alloc(32, 7)), Date.now());
  reader.exec('BEGIN');
  reader.prepare('SELECT count(*) FROM entries').get();

  await (await folder.open(settings))[Symbol.asyncDispose]();
  assert.equal(folder.remains.length, 1);
  assert.match(folder.remains.join(), /cannot be wiped from its files yet: another process uses it/);

  reader.close();
  await (await folder.open(settings))[Symbol.asyncDispose]();
  assert.equal(folder.remains.length, 1, 'wiped by the second start');
  assert.deepEqual(readable(folder), []);
});

test('a visitor leaves a store in plaintext as it is, and says what to do', async () => {
  using folder = await clearStore();

  await assert.rejects(
    folder.open({}, 'visitor'),
    /written by an earlier release, in plaintext\. Start the gateway once/,
  );

  assert.equal(existsSync(folder.keyFile), false);
  assert.equal(folder.file.keys().length, keys.length);
});

test('an earlier release does not take an encrypted store for its own', async () => {
  using folder = await clearStore();
  await (await folder.open())[Symbol.asyncDispose]();

  const database = openDatabase({ path: folder.storePath, busyTimeoutMs: 0 });
  const version = database.prepare('PRAGMA user_version').get();
  database.close();

  assert.deepEqual({ ...version }, { user_version: 2 });
});
