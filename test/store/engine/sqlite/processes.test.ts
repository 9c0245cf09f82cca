import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Key, Store } from '../../../../src/store/contract.ts';
import { openDatabase } from '../../../../src/store/engine/sqlite/database.ts';
import { openSqliteStore } from '../../../../src/store/engine/sqlite/store.ts';
import { TemporaryFolder } from '../../contract/sqlite-subject.ts';
import { incrementTimes, numbered, texts, textsOf } from '../../contract/support.ts';
import { ChildProgram } from '../../support/child-program.ts';

describe('the SQLite store and other processes', () => {
  it('lets several processes make the same new store and write to it at once', async () => {
    using folder = new TemporaryFolder();
    const path = join(folder.path, 'store.db');
    const key: Key = ['acme', 'counter'];

    const counters = numbered(3).map(() => new ChildProgram(join(import.meta.dirname, 'counter.ts'), [path]));
    await using store = openSqliteStore({ path });
    await incrementTimes(store, key, 100);
    const endings = await Promise.all(counters.map((counter) => counter.ended()));

    assert.deepEqual(endings, ['exit 0', 'exit 0', 'exit 0']);
    assert.deepEqual(await texts(store, [key]), ['400']);
  });

  it('reads several keys in one view while another process writes them together', async () => {
    using folder = new TemporaryFolder();
    const path = join(folder.path, 'store.db');
    using writer = new ChildProgram(join(import.meta.dirname, 'writer.ts'), [path]);
    await writer.printed(1);

    await using store = openSqliteStore({ path });
    for (let reads = 0; reads < 2000; reads += 1) {
      const [left, right] = await texts(store, [leftOf('1'), rightOf('1')]);
      assert.equal(left, right);
    }
  });

  it('loses nothing acknowledged and keeps no half commit when it is killed, round after round', async () => {
    using folder = new TemporaryFolder();
    const path = join(folder.path, 'store.db');

    for (const acknowledgements of [1, 150, 600]) {
      using writer = new ChildProgram(join(import.meta.dirname, 'writer.ts'), [path]);
      await writer.printed(acknowledgements);
      writer.kill();
      await writer.ended();

      await using store = openSqliteStore({ path });
      await assertWhole(store, highestByWriter(writer.lines));
    }

    assert.deepEqual(integrityOf(path), { integrity_check: 'ok' });
  });
});

/** Each commit of a writer sets both its keys and appends to its log the same number, one up each time. */
async function assertWhole(store: Store, acknowledged: Map<string, number>): Promise<void> {
  assert.ok(acknowledged.size > 0);
  for (const [writer, highest] of acknowledged) {
    const [left, right] = await texts(store, [leftOf(writer), rightOf(writer)]);
    assert.equal(left, right);
    assert.ok(Number(left) >= highest, `writer ${writer} lost ${highest} and kept ${left}`);
    assert.deepEqual(await wholeLog(store, ['acme', writer, 'log']), numbered(Number(left)));
  }
}

function leftOf(writer: string): Key {
  return ['acme', writer, 'left'];
}

function rightOf(writer: string): Key {
  return ['acme', writer, 'right'];
}

async function wholeLog(store: Store, log: Key): Promise<string[]> {
  const values: string[] = [];
  let slice = await store.read(log, { limit: 1000 });
  for (let last = slice.entries.at(-1); last !== undefined; last = slice.entries.at(-1)) {
    values.push(...textsOf(slice));
    slice = await store.read(log, { after: last.cursor, limit: 1000 });
  }
  return values;
}

function highestByWriter(lines: readonly string[]): Map<string, number> {
  const highest = new Map<string, number>();
  for (const line of lines) {
    const [writer = '', count] = line.split(' ');
    highest.set(writer, Math.max(highest.get(writer) ?? 0, Number(count)));
  }
  return highest;
}

function integrityOf(path: string): unknown {
  const database = openDatabase({ path, busyTimeoutMs: 0 });
  const row = database.prepare('PRAGMA integrity_check').get();
  database.close();
  return { ...row };
}
