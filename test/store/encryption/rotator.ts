/**
 * Rotates the master key of the data directory that is named on the command line, and kills itself so many
 * milliseconds after it has begun, wherever it is then. Run by the tests as a process of its own.
 */
import { Worker } from 'node:worker_threads';
import { readConfig } from '../../../src/config.ts';
import { wipePlaintextResidue } from '../../../src/store/encryption/plaintext-residue.ts';
import { rotate } from '../../../src/store/encryption/rotation.ts';
import { openSqliteStore } from '../../../src/store/engine/sqlite/store.ts';

const [, , dataDir = '', afterMs = '0'] = process.argv;
const config = readConfig({ DATA_DIR: dataDir });
// A commit blocks the event loop of this thread, so another one holds the watch.
const watch = new Worker(`setTimeout(() => process.kill(${process.pid}, 'SIGKILL'), ${Number(afterMs)})`, {
  eval: true,
});
await new Promise((resolve) => watch.once('online', resolve));
const store = openSqliteStore({ path: config.storePath });
await rotate(store, config, undefined, () => wipePlaintextResidue(store));
