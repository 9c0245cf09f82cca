import { OperatorError } from '../domain/errors.ts';
import { encryptExisting } from './encryption/encrypt-existing.ts';
import type { EncryptedStore } from './encryption/encrypted-store.ts';
import { keepKeyFile, masterKeyForNewStore, type StorePlace } from './encryption/master-keys.ts';
import { openEncrypted } from './encryption/open-encrypted.ts';
import { wipePlaintextResidue } from './encryption/plaintext-residue.ts';
import { isEmptyStore } from './engine/sqlite/rewrite.ts';
import { openSqliteStore } from './engine/sqlite/store.ts';
import type { OpenSharedOptions } from './open-redis.ts';

export interface OpenStoreOptions extends OpenSharedOptions {
  /**
   * `owner`: this process holds the lock of the data directory, and finishes what an earlier release or a killed process
   * left undone. `visitor`: a gateway may run on the same store.
   */
  as: 'owner' | 'visitor';
  /** Called with a sentence when the files still hold plaintext or a former key, and it could not be wiped. */
  onRemains?: (sentence: string) => void;
}

/**
 * Opens the encrypted store of a place. Rejects with an `OperatorError` when it cannot be used or its master key is not
 * available.
 */
export async function openStore(place: StorePlace, options: OpenStoreOptions): Promise<EncryptedStore> {
  if (place.redis === undefined) return openEmbeddedStore(place, options);
  // The Redis client is half of all modules, and takes a fifth of the start.
  const { openSharedStore } = await import('./open-redis.ts');
  return openSharedStore(place, place.redis, options);
}

async function openEmbeddedStore(place: StorePlace, options: OpenStoreOptions): Promise<EncryptedStore> {
  const { as, onRemains = () => undefined, now = Date.now } = options;
  const store = openSqliteStore({ path: place.storePath, now });
  return openEncrypted(store, place, {
    ...options,
    encryptExisting: async () => {
      if (isEmptyStore(store.database)) return false;
      if (as === 'visitor') throw new OperatorError(notEncryptedYet(place.storePath));
      encryptExisting(store.database, await masterKeyForNewStore(place), now());
      return true;
    },
    onUnlocked: async ({ master }) => {
      if (as === 'visitor') return;
      await keepKeyFile(place, master);
      const left = await wipePlaintextResidue(store);
      if (left !== null) onRemains(left);
    },
  });
}

function notEncryptedYet(path: string): string {
  return `The store ${path} was written by an earlier release, in plaintext. Start the gateway once, which encrypts it.`;
}
