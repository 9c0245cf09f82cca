/** Counts 100 up in the store that is named on the command line. Run by the tests as a process of its own. */
import { openSqliteStore } from '../../../../src/store/engine/sqlite/store.ts';
import { incrementTimes } from '../../contract/support.ts';

await using store = openSqliteStore({ path: process.argv[2] ?? ':memory:' });
await incrementTimes(store, ['acme', 'counter'], 100);
