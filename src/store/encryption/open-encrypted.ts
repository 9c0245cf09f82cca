import { OperatorError } from '../../domain/errors.ts';
import type { Key, Store } from '../contract.ts';
import { healthCheckedStore } from '../layers/health-checked-store.ts';
import { type Fault, UnreadableReport } from '../unreadable-value.ts';
import type { EncryptionKey } from './cipher.ts';
import { DataKeys } from './data-keys.ts';
import { EncryptedStore } from './encrypted-store.ts';
import { keyCheckRecord, keyCheckRecordKey } from './key-check-record.ts';
import { encryptionPartition } from './key-scope.ts';
import { masterKeyForNewStore, masterKeyOf, type StorePlace } from './master-keys.ts';

/** What is the same for every engine. */
export interface EncryptedOptions {
  /** Called once for each value that cannot be read, with its key; names that must stay secret are hidden in it. */
  onUnreadable?: (key: Key, fault: Fault) => void;
  /** Epoch milliseconds. */
  now?: () => number;
  /** Wraps the engine, below every other layer. */
  metered?: (engine: Store) => Store;
}

/** What differs between engines. */
interface EngineHooks {
  /** Encrypts what an earlier release stored in plaintext. Yields false when there is nothing. */
  encryptExisting?: () => Promise<boolean>;
  /** Called before the store is used. */
  onUnlocked?: (keys: { master: EncryptionKey; dataKeys: DataKeys }) => void | Promise<void>;
}

/**
 * Opens an engine's store with its master key; an empty store gets one. Rejects with an `OperatorError` when the key is
 * missing or another one. The engine is disposed of when this rejects, and with the store.
 */
export async function openEncrypted(
  engine: Store,
  place: StorePlace,
  options: EncryptedOptions & EngineHooks,
): Promise<EncryptedStore> {
  const { onUnreadable = () => undefined, now = Date.now, metered = (store) => store, onUnlocked } = options;
  try {
    const master = await unlock(engine, place, options.encryptExisting);
    const unreadable = new UnreadableReport(onUnreadable);
    const checked = healthCheckedStore(metered(engine), now);
    const dataKeys = new DataKeys(checked, master, unreadable);
    await onUnlocked?.({ master, dataKeys });
    return new EncryptedStore(checked, dataKeys, unreadable);
  } catch (error) {
    await engine[Symbol.asyncDispose]();
    throw error;
  }
}

async function unlock(
  store: Store,
  place: StorePlace,
  encryptExisting: EngineHooks['encryptExisting'] = async () => false,
): Promise<EncryptionKey> {
  const record = await store.get(keyCheckRecordKey);
  if (record !== null) return masterKeyOf(record.value, place);
  const [keyEntry] = await store.list([encryptionPartition], { limit: 1 });
  if (keyEntry !== undefined) throw new OperatorError(lostRecord(place));
  if (!(await encryptExisting())) await addKeyCheckRecord(store, place);
  // Another process may have been first: its key is the store's.
  const written = await store.get(keyCheckRecordKey);
  if (written === null) throw new Error('the record of the master key was not written');
  return masterKeyOf(written.value, place);
}

async function addKeyCheckRecord(store: Store, place: StorePlace): Promise<void> {
  const value = keyCheckRecord(await masterKeyForNewStore(place));
  await store.commit({
    checks: [{ key: keyCheckRecordKey, version: null }],
    sets: [{ key: keyCheckRecordKey, value }],
  });
}

function lostRecord({ storePath }: StorePlace): string {
  return `The store ${storePath} is corrupt: it is encrypted and does not name its master key. Restore it from a backup.`;
}
