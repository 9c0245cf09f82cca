import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

/** Each test file is a process of its own, and all of them load the same modules: only the first one has to compile. */
enableCompileCache(join(import.meta.dirname, '../../.cache/compiled'));
