/**
 * Eight writers that commit without end to the store that is named on the command line, each on keys and a log of its
 * own. A line is printed once its commit is acknowledged. Run by the tests as a process of its own, to be killed.
 */
import { writeSync } from 'node:fs';
import { openSqliteStore } from '../../../../src/store/engine/sqlite/store.ts';
import { bytes, numbered, texts } from '../../contract/support.ts';

const store = openSqliteStore({ path: process.argv[2] ?? ':memory:' });

async function write(writer: string): Promise<never> {
  const [left = null] = await texts(store, [['acme', writer, 'left']]);
  for (let count = Number(left ?? 0) + 1; ; count += 1) {
    const value = bytes(String(count));
    const sets = ['left', 'right'].map((side) => ({ key: ['acme', writer, side] as const, value }));
    await store.commit({ sets, appends: [{ log: ['acme', writer, 'log'], value, maxEntries: 1_000_000 }] });
    writeSync(1, `${writer} ${count}\n`);
  }
}

await Promise.all(numbered(8).map(write));
