import assert from 'node:assert/strict';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { readConfig } from '../../../src/config.ts';
import { type BackUpOptions, backUp } from '../../../src/store/backup/back-up.ts';
import { type RestoreOptions, restore } from '../../../src/store/backup/restore.ts';
import type { Key } from '../../../src/store/contract.ts';
import { lockDirectory } from '../../../src/store/files/directory-lock.ts';
import { openStore } from '../../../src/store/open-store.ts';
import { StoreFile } from '../../support/store/store-file.ts';
import { TemporaryFolder } from '../contract/sqlite-subject.ts';

const key: Key = ['acme', 'note'];
const log: Key = ['acme', 'events'];
const takenAt = 1_700_000_000_000;
const otherKey = 'ab'.repeat(32);

let folder: TemporaryFolder;
const at = (name: string) => join(folder.path, name);
const placeAt = (name: string, settings = {}) => readConfig({ ...settings, DATA_DIR: at(name) });

const write = async (name: string, text: string) => {
  await using store = await openStore(placeAt(name), { as: 'owner' });
  const value = Buffer.from(text);
  await store.commit({ sets: [{ key, value }], appends: [{ log, value, maxEntries: 10 }] });
};

const readNote = async (name: string, settings = {}) => {
  await using store = await openStore(placeAt(name, settings), { as: 'owner' });
  return Buffer.from((await store.get(key))?.value ?? []).toString();
};

const backUpTo = (name: string, options: Partial<BackUpOptions> = {}) =>
  backUp(placeAt('data'), { to: at(name), key: 'apart', now: () => takenAt, ...options });

const restoreTo = (name: string, options: Partial<RestoreOptions> = {}, settings = {}) =>
  restore(placeAt(name, settings), { from: at('backup'), prepare: async () => undefined, now: Date.now, ...options });

beforeEach(async () => {
  folder = new TemporaryFolder();
  await write('data', 'kept');
});

afterEach(() => folder[Symbol.dispose]());

const masterKey = () => readFileSync(at('data/master.key'), 'utf8').trim();

test('a backup is readable for its owner only, says of when it is, and has no key unless that is asked for', async () => {
  const made = await backUpTo('backup');
  await backUpTo('with-key', { key: 'included' });

  assert.deepEqual(readdirSync(at('backup')).toSorted(), ['backup.json', 'troupe.db']);
  assert.deepEqual(readdirSync(at('with-key')).toSorted(), ['backup.json', 'master.key', 'troupe.db']);
  assert.deepEqual([made.takenAt, made.key], [takenAt, 'tried']);
  for (const name of readdirSync(at('with-key'))) assert.equal(statSync(at(`with-key/${name}`)).mode & 0o777, 0o600);
  assert.equal(statSync(at('backup')).mode & 0o777, 0o700);
});

test('what is written while the backup is made is in it or not, and nothing half', async () => {
  await using store = await openStore(placeAt('data'), { as: 'visitor' });
  const both: readonly [Key, Key] = [
    ['acme', 'one'],
    ['acme', 'other'],
  ];
  let count = 0;
  let state: 'going on' | 'over' = 'going on';
  const writing = (async () => {
    while (state === 'going on') {
      count += 1;
      await store.commit({ sets: both.map((name) => ({ key: name, value: Buffer.from(String(count)) })) });
    }
  })();
  for (const name of ['one', 'two', 'three']) {
    await backUpTo(name, { key: 'included' });
    await restoreTo(`restored-${name}`, { from: at(name) });
    await using restored = await openStore(placeAt(`restored-${name}`), { as: 'owner' });
    const [one, other] = (await restored.getMany(both)).map((entry) => String(entry?.value));
    assert.equal(one, other);
  }
  state = 'over';
  await writing;
});

test('a backup goes into no folder that has something in it, and leaves nothing when it cannot be made', async () => {
  mkdirSync(at('used'));
  writeFileSync(at('used/file'), '');

  await assert.rejects(backUpTo('used'), /used is not empty/);
  await assert.rejects(
    backUp(placeAt('nowhere'), { to: at('b'), key: 'apart', now: Date.now }),
    /no store at .*DATA_DIR/,
  );
  await assert.rejects(
    backUp(placeAt('data', { MASTER_KEY: otherKey }), { to: at('b'), key: 'apart', now: Date.now }),
    /another master key/,
  );
  const redis = readConfig({ REDIS_URL: 'redis://127.0.0.1:1' });
  await assert.rejects(backUp(redis, { to: at('b'), key: 'apart', now: Date.now }), /in Redis.*docs\/operations\.md/);
  assert.deepEqual(readdirSync(folder.path).toSorted(), ['data', 'used']);
});

test('it is made without the master key, too, and restored with that in any of three places', async () => {
  const known = masterKey();
  await backUpTo('with-key', { key: 'included' });
  rmSync(at('data/master.key'));
  const made = await backUpTo('backup');
  await assert.rejects(backUpTo('other', { key: 'included' }), /not available to be included/);
  mkdirSync(at('beforehand'));
  writeFileSync(at('beforehand/master.key'), known);

  await restoreTo('settings', {}, { MASTER_KEY: known });
  await restoreTo('beforehand');
  await restoreTo('included', { from: at('with-key') });

  assert.equal(made.key, 'not available');
  assert.equal(existsSync(at('settings/master.key')), false);
  assert.equal(await readNote('settings', { MASTER_KEY: known }), 'kept');
  assert.equal(await readNote('beforehand'), 'kept');
  assert.equal(await readNote('included'), 'kept');
  assert.equal(statSync(at('included/troupe.db')).mode & 0o777, 0o600);
  assert.equal(statSync(at('included/master.key')).mode & 0o777, 0o600);
});

test('without the right master key nothing is restored, and it says which one is missing', async () => {
  const { masterKey: id } = await backUpTo('backup');

  await assert.rejects(restoreTo('new'), new RegExp(`The master key with the id ${id} is missing`));
  await assert.rejects(restoreTo('new', {}, { MASTER_KEY: otherKey }), /The master key with the id .* is missing/);
  assert.equal(existsSync(at('new')), false);
});

test('it is restored into no directory that has something in it or that a gateway runs on', async () => {
  await backUpTo('backup', { key: 'included' });

  await assert.rejects(restoreTo('data'), /data is not empty \(.*troupe\.db.*--data-dir/);
  {
    using _lock = lockDirectory(at('data'));
    await assert.rejects(restoreTo('data'), /Another gateway is running/);
  }
  assert.equal(await readNote('data'), 'kept');
});

test('a backup that is corrupt, cut off, unfinished or of a newer release is not restored', async () => {
  await backUpTo('backup', { key: 'included' });
  const manifest = JSON.parse(readFileSync(at('backup/backup.json'), 'utf8'));
  const change = (facts: object) => writeFileSync(at('backup/backup.json'), JSON.stringify({ ...manifest, ...facts }));

  await assert.rejects(restoreTo('new', { from: at('nowhere') }), /no backup that this release knows.*unfinished/);
  change({ schema: 99 });
  await assert.rejects(restoreTo('new'), /newer release/);
  change({ takenAt: 'noon' });
  await assert.rejects(restoreTo('new'), /no backup that this release knows/);
  change({});
  appendFileSync(at('backup/troupe.db'), 'x');
  await assert.rejects(restoreTo('new'), /is corrupt: .*not the file that was written/);
  assert.equal(existsSync(at('new')), false);
});

test('a restore that fails on its way leaves the directory empty, and what a kill has left is no obstacle', async () => {
  await backUpTo('backup', { key: 'included' });
  const fail = async () => Promise.reject(new Error('no room'));

  await assert.rejects(restoreTo('new', { prepare: fail }), /cannot be restored: no room/);
  assert.deepEqual(readdirSync(at('new')), ['gateway.lock']);
  writeFileSync(at('new/troupe.db.restoring'), 'half');
  await restoreTo('new');

  assert.equal(await readNote('new'), 'kept');
});

test('a backup is not put where there is no folder for it', async () => {
  await assert.rejects(backUpTo('unmounted/backup'), /no folder .*unmounted for the backup/);
  assert.equal(existsSync(at('unmounted')), false);
});

test('a corrupt store is not backed up', async () => {
  new StoreFile(placeAt('data').storePath).delete(['.seal', 'master']);

  await assert.rejects(backUpTo('backup'), /does not name its master key/);
  assert.equal(existsSync(at('backup')), false);
});

test('the logs of a restored store go on where no reader has been, and tell of the hole', async () => {
  await using before = await openStore(placeAt('data'), { as: 'visitor' });
  await backUpTo('backup', { key: 'included' });
  const append = { log, value: Buffer.from('since'), maxEntries: 10 };
  const since = await before.commit({ appends: [append] });
  await restoreTo('new');
  await using store = await openStore(placeAt('new'), { as: 'owner' });
  const next = await store.commit({ appends: [append] });

  assert(since.ok && next.ok);
  const [reached = '', first = ''] = [since.cursors[0], next.cursors[0]];
  assert(first > reached);
  const { entries, trimmedThrough } = await store.read(log, { after: reached, limit: 10 });
  assert.deepEqual(
    entries.map(({ cursor }) => cursor),
    [first],
  );
  assert(trimmedThrough !== null && trimmedThrough > reached);
});
