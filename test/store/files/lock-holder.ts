/** Holds the lock of the directory that is named on the command line until it is killed. Run by the tests. */
import { lockDirectory } from '../../../src/store/files/directory-lock.ts';

lockDirectory(process.argv[2] ?? '');
process.stdout.write('locked\n');
setInterval(() => undefined, 60_000);
