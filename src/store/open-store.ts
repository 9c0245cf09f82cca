import { OperatorError } from '../domain/errors.ts';
import type { Key, Store } from './contract.ts';
import type { EncryptionKey } from './encryption/cipher.ts';
import { DataKeys } from './encryption/data-keys.ts';
import { encryptExisting } from './encryption/encrypt-existing.ts';
import { EncryptedStore } from './encryption/encrypted-store.ts';
import { keyCheckRecord, keyCheckRecordKey } from './encryption/key-check-record.ts';
import { sealPartition } from './encryption/key-scope.ts';
import { keepKeyFile, masterKeyForNewStore, masterKeyOf, type StorePlace } from './encryption/master-keys.ts';
import { wipePlaintextResidue } from './encryption/plaintext-residue.ts';
import { isEmptyStore } from './engine/sqlite/rewrite.ts';
import { openSqliteStore, type SqliteStore } from './engine/sqlite/store.ts';
import { healthCheckedStore } from './layers/health-checked-store.ts';
import { openSharedStore } from './open-redis.ts';
import { type Fault, UnreadableReport } from './unreadable-value.ts';

export interface OpenStoreOptions {
  /**
   * `owner`: this process holds the lock of the data directory, and sees to what an earlier release or a kill has left
   * to be done. `visitor`: a gateway may run beside.
   */
  as: 'owner' | 'visitor';
  /** Told of each value that cannot be read, once, by its key; a name in it that must not be read is hidden. */
  onUnreadable?: (key: Key, fault: Fault) => void;
  /** Told, in a sentence, when the files hold what must not be left in them, and it could not be wiped. */
  onRemains?: (sentence: string) => void;
  /** Told, in a sentence, of what Redis does not keep. */
  onWarning?: (sentence: string) => void;
  /** Epoch milliseconds. */
  now?: () => number;
  /** Wraps the engine, below all that is written over it. */
  metered?: (engine: Store) => Store;
  /** Ends the wait for a Redis that cannot be reached: then opening rejects with its reason. */
  signal?: AbortSignal;
}

/**
 * Opens the store of a place, sealed. Rejects, with a sentence for the operator, when it cannot be used or its master
 * key is not at hand.
 */
export async function openStore(place: StorePlace, options: OpenStoreOptions): Promise<EncryptedStore> {
  const { onUnreadable, onWarning, now, metered, signal } = options;
  return place.redis === undefined
    ? openEmbeddedStore(place, options)
    : openSharedStore(place, place.redis, {
        ...(onUnreadable !== undefined && { onUnreadable }),
        ...(onWarning !== undefined && { onWarning }),
        ...(now !== undefined && { now }),
        ...(metered !== undefined && { metered }),
        ...(signal !== undefined && { signal }),
      });
}

async function openEmbeddedStore(place: StorePlace, options: OpenStoreOptions): Promise<EncryptedStore> {
  const { as, onUnreadable = () => undefined, onRemains = () => undefined, now = Date.now } = options;
  const { metered = (engine) => engine } = options;
  const store = openSqliteStore({ path: place.storePath, now });
  try {
    const master = await unlock({ store, place, as, now });
    if (as === 'owner') {
      await keepKeyFile(place, master);
      const left = await wipePlaintextResidue(store);
      if (left !== null) onRemains(left);
    }
    const damage = new UnreadableReport(onUnreadable);
    const watched = healthCheckedStore(metered(store), now);
    return new EncryptedStore(watched, new DataKeys(watched, master, damage), damage);
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}

interface Opened {
  store: SqliteStore;
  place: StorePlace;
  as: OpenStoreOptions['as'];
  now: () => number;
}

/** The master key of a store, which is put under one if it is under none. */
async function unlock(opened: Opened): Promise<EncryptionKey> {
  const { store, place } = opened;
  const record = await store.get(keyCheckRecordKey);
  if (record !== null) return masterKeyOf(record.value, place);
  await beginSealing(opened);
  const written = await store.get(keyCheckRecordKey);
  if (written === null) throw new Error('the record of the master key was not written');
  return masterKeyOf(written.value, place);
}

/** Whoever is first decides on the key: another process may do the same at this moment. */
async function beginSealing({ store, place, as, now }: Opened): Promise<void> {
  const [sealed] = await store.list([sealPartition], { limit: 1 });
  if (sealed !== undefined) throw new OperatorError(lostRecord(place.storePath));
  if (isEmptyStore(store.database)) {
    const value = keyCheckRecord(await masterKeyForNewStore(place));
    await store.commit({
      checks: [{ key: keyCheckRecordKey, version: null }],
      sets: [{ key: keyCheckRecordKey, value }],
    });
  } else if (as === 'owner') {
    encryptExisting(store.database, await masterKeyForNewStore(place), now());
  } else {
    throw new OperatorError(notSealedYet(place.storePath));
  }
}

function lostRecord(path: string): string {
  return `The store ${path} is damaged: it is sealed and does not name its master key. Restore it from a backup.`;
}

function notSealedYet(path: string): string {
  return `The store ${path} was written by an earlier release, in clear. Start the gateway once, which seals it.`;
}
