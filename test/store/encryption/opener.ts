/**
 * Opens the data directory that is named on the command line as a gateway does, and kills itself after so many
 * milliseconds, wherever it is then. Run by the tests as a process of its own.
 */
import { Worker } from 'node:worker_threads';
import { readConfig } from '../../../src/config.ts';
import { openStore } from '../../../src/store/open-store.ts';

const [, , dataDir = '', afterMs = '0'] = process.argv;
// Sealing blocks the event loop of this thread, so another one holds the watch.
const watch = new Worker(`setTimeout(() => process.kill(${process.pid}, 'SIGKILL'), ${Number(afterMs)})`, {
  eval: true,
});
await new Promise((resolve) => watch.once('online', resolve));
await openStore(readConfig({ DATA_DIR: dataDir }), { as: 'owner' });
