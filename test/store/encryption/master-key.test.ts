import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { OperatorError } from '../../../src/domain/errors.ts';
import type { Key } from '../../../src/store/contract.ts';
import { put, texts } from '../contract/support.ts';
import { SealedFolder } from './support.ts';

const key: Key = ['acme', 'x'];
const hex = randomBytes(32).toString('hex');
const otherHex = randomBytes(32).toString('hex');

/** A folder whose store holds something, encrypted with these settings. */
async function filled(settings: NodeJS.ProcessEnv = {}): Promise<SealedFolder> {
  const folder = new SealedFolder();
  await using store = await folder.open(settings);
  await put(store, key, 'hello');
  return folder;
}

async function reads(folder: SealedFolder, settings: NodeJS.ProcessEnv = {}): Promise<void> {
  await using store = await folder.open(settings);
  assert.deepEqual(await texts(store, [key]), ['hello']);
}

/** Asserts that a store does not open, by a sentence for the operator, and that nothing was written. */
async function refuses(folder: SealedFolder, settings: NodeJS.ProcessEnv, sentence: RegExp): Promise<void> {
  const before = folder.file.keys();
  for (const as of ['owner', 'visitor'] as const) {
    await assert.rejects(folder.open(settings, as), (error) => {
      assert.ok(error instanceof OperatorError);
      assert.match(error.message, sentence);
      assert.ok(!error.message.includes(hex) && !error.message.includes(otherHex), 'the sentence shows a key');
      return true;
    });
  }
  assert.deepEqual(folder.file.keys(), before);
}

describe('the master key', () => {
  it('is made at the first start, in a file for its owner only, and found there again', async () => {
    using folder = await filled();

    assert.equal((statSync(folder.keyFile).mode & 0o777).toString(8), '600');
    assert.match(readFileSync(folder.keyFile, 'utf8'), /^[0-9a-f]{64}\n$/);
    assert.deepEqual(readdirSync(folder.dataDir).toSorted(), ['master.key', 'troupe.db']);
    await reads(folder);
  });

  it('comes from MASTER_KEY when that is set, in hex or base64, and then there is no file', async () => {
    using folder = await filled({ MASTER_KEY: hex });

    assert.equal(existsSync(folder.keyFile), false);
    const bytes = Buffer.from(hex, 'hex');
    for (const encoding of ['base64', 'base64url'] as const)
      await reads(folder, { MASTER_KEY: bytes.toString(encoding) });
  });

  it('may move from its file to MASTER_KEY as it is, and the file does not count then', async () => {
    using folder = await filled();
    const MASTER_KEY = readFileSync(folder.keyFile, 'utf8').trim();
    writeFileSync(folder.keyFile, otherHex);

    await reads(folder, { MASTER_KEY });
  });

  it('is taken from a file that is there already when the store is new', async () => {
    using folder = await filled();
    const file = readFileSync(folder.keyFile, 'utf8');
    rmSync(folder.storePath);

    await using store = await folder.open();
    await put(store, key, 'hello');

    assert.equal(readFileSync(folder.keyFile, 'utf8'), file);
  });

  it('is the same for all that open a new store at once', async () => {
    using folder = new SealedFolder();

    const stores = await Promise.all(Array.from({ length: 5 }, () => folder.open({}, 'visitor')));
    for (const [index, store] of stores.entries()) await put(store, ['acme', 'x', String(index)], 'hello');
    for (const store of stores) await store[Symbol.asyncDispose]();

    await using store = await folder.open();
    const keys = stores.map((_, index): Key => ['acme', 'x', String(index)]);
    assert.deepEqual(await texts(store, keys), Array(5).fill('hello'));
    assert.deepEqual(
      readdirSync(folder.dataDir).filter((name) => name.startsWith('master')),
      ['master.key'],
    );
  });
});

describe('a store whose master key is not available is refused', () => {
  it('when the key file is gone, and none is made', async () => {
    using folder = await filled();
    rmSync(folder.keyFile);

    await refuses(
      folder,
      {},
      /is encrypted, and its master key \(id [0-9a-f]{16}\) is missing\. Put the file .*master\.key back/,
    );
    assert.equal(existsSync(folder.keyFile), false);
  });

  it('when the key file holds another key, or none', async () => {
    using folder = await filled();

    writeFileSync(folder.keyFile, `${otherHex}\n`);
    await refuses(
      folder,
      {},
      /encrypted with another master key \(id [0-9a-f]{16}\) than the one in .*master\.key\. Put that one/,
    );
    writeFileSync(folder.keyFile, 'not a key');
    await refuses(folder, {}, /master\.key does not hold a master key/);
  });

  it('when MASTER_KEY is another one', async () => {
    using folder = await filled({ MASTER_KEY: hex });

    await refuses(
      folder,
      { MASTER_KEY: otherHex },
      /another master key \(id [0-9a-f]{16}\) than MASTER_KEY\. Set MASTER_KEY to/,
    );
  });

  it('when MASTER_KEY is not set any more', async () => {
    using folder = await filled({ MASTER_KEY: hex });

    await refuses(folder, {}, /or set MASTER_KEY if it was set before/);
  });

  it('when MASTER_KEY is another one than that of the key file, with a word on the file', async () => {
    using folder = await filled();

    await refuses(folder, { MASTER_KEY: hex }, /with the one in .*master\.key\. Unset MASTER_KEY\..*rotate/);
    await reads(folder);
  });

  it('when the record of its key is changed in any byte, or gone', async () => {
    using folder = await filled();
    const record: Key = ['.seal', 'master'];
    const whole = folder.file.read(record);

    for (const at of whole.keys()) {
      folder.file.write(record, whole);
      folder.file.damage(record, at);
      await assert.rejects(folder.open(), OperatorError, `byte ${at}`);
    }
    folder.file.delete(record);
    await refuses(folder, {}, /it is encrypted and does not name its master key\. Restore it from a backup/);
  });
});
