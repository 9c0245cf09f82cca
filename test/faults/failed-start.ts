/**
 * Starts a gateway that cannot start, with the settings that are named on the command line as JSON. Prints why, and
 * `free` when its data directory and its store can be used again; ends when nothing is left that runs. Run by the tests.
 */
import { readConfig } from '../../src/config.ts';
import { startGateway } from '../../src/gateway.ts';
import { createLogger } from '../../src/logger.ts';
import { lockDirectory } from '../../src/store/files/directory-lock.ts';
import { openStore } from '../../src/store/open-store.ts';

const config = readConfig(JSON.parse(process.argv[2] ?? ''));
const outcome = await startGateway(config, createLogger('silent')).then(
  () => 'started',
  (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)),
);
process.stdout.write(`${outcome}\n`);
using _lock = lockDirectory(config.dataDir);
await using _store = await openStore(config, { as: 'owner' });
process.stdout.write('free\n');
