import { OperatorError } from '../domain/errors.ts';
import type { Key, Store } from './contract.ts';
import type { EncryptionKey } from './encryption/cipher.ts';
import { DataKeys } from './encryption/data-keys.ts';
import { EncryptedStore } from './encryption/encrypted-store.ts';
import { keyCheckRecord, keyCheckRecordKey } from './encryption/key-check-record.ts';
import { sealPartition } from './encryption/key-scope.ts';
import { masterKeyForNewStore, masterKeyOf, type RedisPlace, type StorePlace } from './encryption/master-keys.ts';
import { checkRedis } from './engine/redis/requirements.ts';
import { openRedisStore, type RedisStore } from './engine/redis/store.ts';
import { healthCheckedStore } from './layers/health-checked-store.ts';
import { type Fault, UnreadableReport } from './unreadable-value.ts';

interface OpenSharedOptions {
  onUnreadable?: (key: Key, fault: Fault) => void;
  onWarning?: (sentence: string) => void;
  /** Epoch milliseconds. */
  now?: () => number;
  metered?: (engine: Store) => Store;
  signal?: AbortSignal;
}

/** Opens the store in Redis, sealed, which other processes may use as well. Rejects as `openStore` does. */
export async function openSharedStore(
  place: StorePlace,
  redis: RedisPlace,
  options: OpenSharedOptions,
): Promise<EncryptedStore> {
  const { onUnreadable = () => undefined, onWarning = () => undefined, now = Date.now } = options;
  const { metered = (engine) => engine } = options;
  const store = await connect(place, redis, options.signal);
  try {
    for (const warning of await checkRedis(store.connection)) onWarning(warning);
    const master = await unlock(store, place);
    const damage = new UnreadableReport(onUnreadable);
    const watched = healthCheckedStore(metered(store), now);
    const keys = new DataKeys(watched, master, damage);
    store.connection.onReconnected = () => keys.dropAll();
    return new EncryptedStore(watched, keys, damage);
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}

async function connect(
  { storePath }: StorePlace,
  redis: RedisPlace,
  signal: AbortSignal | undefined,
): Promise<RedisStore> {
  try {
    return await openRedisStore({ ...redis, signal });
  } catch (cause) {
    signal?.throwIfAborted();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OperatorError(`The store ${storePath} cannot be used: ${reason}. Check REDIS_URL, and that Redis runs.`, {
      cause,
    });
  }
}

/** The master key of the store, which is put under one if it is empty. Whoever is first decides on it. */
async function unlock(store: RedisStore, place: StorePlace): Promise<EncryptionKey> {
  const record = await store.get(keyCheckRecordKey);
  if (record !== null) return masterKeyOf(record.value, place);
  const [sealed] = await store.list([sealPartition], { limit: 1 });
  if (sealed !== undefined) {
    throw new OperatorError(
      `The store ${place.storePath} is damaged: it does not name its master key. Restore it from a backup.`,
    );
  }
  const value = keyCheckRecord(await masterKeyForNewStore(place));
  await store.commit({
    checks: [{ key: keyCheckRecordKey, version: null }],
    sets: [{ key: keyCheckRecordKey, value }],
  });
  const written = await store.get(keyCheckRecordKey);
  if (written === null) throw new Error('the record of the master key was not written');
  return masterKeyOf(written.value, place);
}
