import assert from 'node:assert/strict';
import { createSecretKey, randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Key } from '../../../src/store/contract.ts';
import { keyIdOf } from '../../../src/store/encryption/cipher.ts';
import { wipePlaintextResidue } from '../../../src/store/encryption/plaintext-residue.ts';
import { type Rotated, rotate } from '../../../src/store/encryption/rotation.ts';
import { openSqliteStore } from '../../../src/store/engine/sqlite/store.ts';
import { numbered, put, texts } from '../contract/support.ts';
import { ChildProgram } from '../support/child-program.ts';
import { SealedFolder } from './support.ts';

const hex = () => randomBytes(32).toString('hex');

/** Each in a session of its own, so that each has a data key of its own. */
const keys = numbered(200).map((session): Key => ['acme', 'credentials', session]);
const values = keys.map(String);

async function filled(settings: NodeJS.ProcessEnv = {}): Promise<SealedFolder> {
  const folder = new SealedFolder();
  await using store = await folder.open(settings);
  await Promise.all(keys.map((key) => put(store, key, String(key))));
  return folder;
}

async function rotated(folder: SealedFolder, settings: NodeJS.ProcessEnv = {}, next?: string): Promise<Rotated> {
  await using store = openSqliteStore({ path: folder.storePath });
  const given = next === undefined ? undefined : createSecretKey(Buffer.from(next, 'hex'));
  return await rotate(store, folder.config(settings), given, () => wipePlaintextResidue(store));
}

async function assertWhole(folder: SealedFolder, settings: NodeJS.ProcessEnv = {}): Promise<void> {
  await using store = await folder.open(settings);
  assert.deepEqual(await texts(store, keys), values);
  assert.deepEqual(folder.damaged, []);
}

/** The ids of the master keys that the data keys lie under. */
function masterKeys(folder: SealedFolder): Set<string | null> {
  const dataKeys = folder.file.keys().filter(([partition, kind]) => partition === '.seal' && kind === 'data-key');
  assert.equal(dataKeys.length, keys.length);
  return new Set(dataKeys.map((key) => keyIdOf(folder.file.read(key))));
}

test('a rotation puts every data key under a new one in the key file, and the former one opens nothing', async () => {
  using folder = await filled();
  const former = readFileSync(folder.keyFile, 'utf8').trim();

  const result = await rotated(folder);

  assert.deepEqual(
    { ...result, id: '' },
    {
      outcome: 'rotated',
      id: '',
      left: null,
      rewrapped: keys.length,
      unreadable: 0,
    },
  );
  assert.deepEqual(masterKeys(folder), new Set([result.id]));
  assert.equal(existsSync(folder.nextKeyFile), false);
  assert.notEqual(readFileSync(folder.keyFile, 'utf8').trim(), former);
  await assertWhole(folder);
  await assert.rejects(folder.open({ MASTER_KEY: former }), /another master key/);
});

test('a rotation takes more data keys along than are read at a time', async () => {
  using folder = new SealedFolder();
  const many = numbered(1_001).map((session): Key => ['acme', 'credentials', session]);
  {
    await using store = await folder.open();
    await Promise.all(many.map((key) => put(store, key, String(key))));
  }

  assert.equal((await rotated(folder)).rewrapped, many.length);

  await using store = await folder.open();
  assert.deepEqual(await texts(store, many), many.map(String));
});

test('a rotation leaves no data key under the former master key in the files', async () => {
  using folder = await filled();
  const before = folder.file.read(['.seal', 'data-key', 'acme', '150', 'identity']);

  await using store = openSqliteStore({ path: folder.storePath });
  await rotate(store, folder.config(), undefined, () => wipePlaintextResidue(store));

  for (const file of ['troupe.db', 'troupe.db-wal']) {
    assert.equal(readFileSync(`${folder.dataDir}/${file}`).indexOf(before), -1, file);
  }
});

test('a rotation moves from one given key to another, and from the key file to a given one', async () => {
  const [first, second] = [hex(), hex()];
  using folder = await filled({ MASTER_KEY: first });

  await assert.rejects(rotated(folder, { MASTER_KEY: first }), /set the next one in MASTER_KEY_NEXT/);
  await rotated(folder, { MASTER_KEY: first }, second);
  await assertWhole(folder, { MASTER_KEY: second });
  await assert.rejects(folder.open({ MASTER_KEY: first }), /another master key/);

  using other = await filled();
  await rotated(other, {}, second);
  assert.equal(existsSync(other.keyFile), false, 'the former key is left in its file');
  await assertWhole(other, { MASTER_KEY: second });
});

test('a rotation without the present key changes nothing and makes no key', async () => {
  using folder = await filled({ MASTER_KEY: hex() });

  await assert.rejects(rotated(folder, { MASTER_KEY: hex() }, hex()), /another master key/);
  await assert.rejects(rotated(folder), /is missing/);

  assert.equal(existsSync(folder.nextKeyFile), false);
});

test('a rotation with given keys may be repeated', async () => {
  const [first, second] = [hex(), hex()];
  using folder = await filled({ MASTER_KEY: first });
  await rotated(folder, { MASTER_KEY: first }, second);

  const again = await rotated(folder, { MASTER_KEY: first }, second);

  assert.equal(again.outcome, 'finished');
  await assertWhole(folder, { MASTER_KEY: second });
});

test('a rotation that was killed before its commit is of no consequence, and its key is used by the next one', async () => {
  using folder = await filled();
  const [former, next] = [readFileSync(folder.keyFile, 'utf8'), `${hex()}\n`];
  writeFileSync(folder.nextKeyFile, next);

  await assertWhole(folder);
  assert.equal(readFileSync(folder.keyFile, 'utf8'), former);
  await rotated(folder);

  assert.equal(readFileSync(folder.keyFile, 'utf8'), next);
  await assertWhole(folder);
});

/** As a kill leaves it between the commit of a rotation and the renaming of the key file. */
async function killedBehindCommit(): Promise<SealedFolder> {
  const folder = await filled();
  const former = `${folder.path}/former.key`;
  copyFileSync(folder.keyFile, former);
  await rotated(folder);
  copyFileSync(folder.keyFile, folder.nextKeyFile);
  copyFileSync(former, folder.keyFile);
  return folder;
}

test('a rotation that was killed after its commit is finished by the next start', async () => {
  using folder = await killedBehindCommit();
  const next = readFileSync(folder.nextKeyFile, 'utf8');

  {
    await using visitor = await folder.open({}, 'visitor');
    assert.deepEqual(await texts(visitor, keys), values);
  }
  await assertWhole(folder);

  assert.equal(readFileSync(folder.keyFile, 'utf8'), next);
  assert.equal(existsSync(folder.nextKeyFile), false);
});

test('a rotation that was killed after its commit is finished by the same command, which does not rotate again', async () => {
  using folder = await killedBehindCommit();
  const next = readFileSync(folder.nextKeyFile, 'utf8');

  assert.equal((await rotated(folder)).outcome, 'finished');

  assert.equal(readFileSync(folder.keyFile, 'utf8'), next);
  await assertWhole(folder);
});

test('a rotation that is killed at any time leaves a store that opens', async () => {
  using folder = await filled();

  for (const afterMs of [0, 10, 25, 40, 60, 90]) {
    using rotator = new ChildProgram(join(import.meta.dirname, 'rotator.ts'), [folder.dataDir, String(afterMs)]);
    await rotator.ended();
    await assertWhole(folder);
  }

  assert.equal(masterKeys(folder).size, 1);
});

test('a data key that is made while a rotation runs is not forgotten by it', async () => {
  using folder = await filled();
  await using gateway = await folder.open({}, 'visitor');
  await using store = openSqliteStore({ path: folder.storePath });

  const rotation = rotate(store, folder.config(), undefined, () => wipePlaintextResidue(store));
  const late = numbered(10).map((session): Key => ['acme', 'credentials', `late ${session}`]);
  const written = await Promise.allSettled(late.map((key) => put(gateway, key, 'late')));
  await rotation;

  const kept = late.filter((_, index) => written[index]?.status === 'fulfilled');
  await using after = await folder.open();
  assert.deepEqual(
    await texts(after, kept),
    kept.map(() => 'late'),
  );
});

test('a data key that is unreadable does not stop a rotation, and is counted', async () => {
  using folder = await filled();
  folder.file.damage(['.seal', 'data-key', 'acme', '150', 'identity']);

  const { rewrapped, unreadable } = await rotated(folder);

  assert.deepEqual([rewrapped, unreadable], [keys.length - 1, 1]);
  await using store = await folder.open();
  assert.deepEqual(await texts(store, keys.slice(0, 50)), values.slice(0, 50));
});
