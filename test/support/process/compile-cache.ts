import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

/**
 * Each test file is a process of its own, and all of them load the same modules: only the first one has to compile.
 * Processes that inherit the environment have the cache before they load anything, this module and Node's own
 * compiler of TypeScript included.
 */
const folder = join(import.meta.dirname, '../../../.cache/compiled');
process.env['NODE_COMPILE_CACHE'] ??= folder;
enableCompileCache(folder);
