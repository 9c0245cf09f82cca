import assert from 'node:assert/strict';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { lockDirectory } from '../../../src/store/files/directory-lock.ts';
import { TemporaryFolder } from '../contract/sqlite-subject.ts';
import { ChildProgram } from '../support/child-program.ts';

describe('the lock of a data directory', () => {
  it('makes the directory, for its owner only', () => {
    using folder = new TemporaryFolder();
    const path = join(folder.path, 'data');

    using _lock = lockDirectory(path);

    assert.equal(statSync(path).mode & 0o777, 0o700);
  });

  it('refuses a second holder and says what to do, until the first lets go', () => {
    using folder = new TemporaryFolder();
    const lock = lockDirectory(folder.path);

    assert.throws(() => lockDirectory(folder.path), /Another gateway is running on .*Stop it, or set DATA_DIR/);

    lock[Symbol.dispose]();
    lock[Symbol.dispose]();
    lockDirectory(folder.path)[Symbol.dispose]();
  });

  it('locks one directory and not another', () => {
    using folder = new TemporaryFolder();

    using _one = lockDirectory(join(folder.path, 'one'));
    using _two = lockDirectory(join(folder.path, 'two'));
  });

  it('keeps other processes out, and ends with a kill of its process', async () => {
    using folder = new TemporaryFolder();
    using holder = new ChildProgram(join(import.meta.dirname, 'lock-holder.ts'), [folder.path]);
    await holder.printed(1);

    assert.throws(() => lockDirectory(folder.path), /Another gateway is running/);

    holder.kill();
    assert.equal(await holder.ended(), 'SIGKILL');
    lockDirectory(folder.path)[Symbol.dispose]();
  });

  it('names the directory when it cannot be used', () => {
    using folder = new TemporaryFolder();
    const path = join(folder.path, 'file');
    writeFileSync(path, '');

    assert.throws(() => lockDirectory(path), /The data directory .*file cannot be used/);
  });
});
