import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from '../../../src/store/contract.ts';
import { openSqliteStore } from '../../../src/store/engine/sqlite/store.ts';
import type { StoreUnderTest } from './contract.ts';

/** A folder that is removed again at disposal. */
export class TemporaryFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'troupe-store-'));

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** A store on a file of its own. */
export async function openSubject({ now }: { now: () => number }): Promise<StoreUnderTest> {
  const folder = new TemporaryFolder();
  const open = (): Store => openSqliteStore({ path: join(folder.path, 'data', 'store.db'), now });
  let store = open();
  return {
    get store() {
      return store;
    },
    async reopen() {
      await store[Symbol.asyncDispose]();
      store = open();
    },
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}
