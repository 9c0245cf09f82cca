import { join } from 'node:path';
import { readConfig } from '../../../src/config.ts';
import type { EncryptedStore } from '../../../src/store/encryption/encrypted-store.ts';
import { openStore } from '../../../src/store/open-store.ts';
import type { StoreUnderTest } from './contract.ts';
import { TemporaryFolder } from './sqlite-subject.ts';

/** An encrypted store on a file of its own. */
export async function openSealedSubject({
  now,
}: {
  now: () => number;
}): Promise<StoreUnderTest & { readonly store: EncryptedStore }> {
  const folder = new TemporaryFolder();
  const config = readConfig({ DATA_DIR: join(folder.path, 'data') });
  const open = () => openStore(config, { as: 'owner', now });
  let store = await open();
  return {
    get store() {
      return store;
    },
    async reopen() {
      await store[Symbol.asyncDispose]();
      store = await open();
    },
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}
