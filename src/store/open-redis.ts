import { OperatorError } from '../domain/errors.ts';
import type { EncryptedStore } from './encryption/encrypted-store.ts';
import type { RedisPlace, StorePlace } from './encryption/master-keys.ts';
import { type EncryptedOptions, openEncrypted } from './encryption/open-encrypted.ts';
import { checkRedis } from './engine/redis/requirements.ts';
import { openRedisStore, type RedisStore } from './engine/redis/store.ts';

export interface OpenSharedOptions extends EncryptedOptions {
  /** Called with a sentence for each risk in how Redis is set up. */
  onWarning?: (sentence: string) => void;
  /** Ends the wait for a Redis that cannot be reached: then opening rejects with its reason. */
  signal?: AbortSignal;
}

/** Opens the encrypted store in Redis, which other processes may use as well. Rejects as `openStore` does. */
export async function openSharedStore(
  place: StorePlace,
  redis: RedisPlace,
  options: OpenSharedOptions,
): Promise<EncryptedStore> {
  const store = await connect(place, redis, options);
  return openEncrypted(store, place, {
    ...options,
    onUnlocked: ({ dataKeys }) => {
      store.connection.onReconnected = () => dataKeys.dropAll();
    },
  });
}

/** A connection to a Redis that meets the requirements. */
async function connect(place: StorePlace, redis: RedisPlace, options: OpenSharedOptions): Promise<RedisStore> {
  const { onWarning = () => undefined, signal } = options;
  const store = await reach(place, redis, signal);
  try {
    for (const warning of await checkRedis(store.connection)) onWarning(warning);
    return store;
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}

async function reach(
  { storePath }: StorePlace,
  redis: RedisPlace,
  signal: AbortSignal | undefined,
): Promise<RedisStore> {
  try {
    return await openRedisStore({ ...redis, signal });
  } catch (cause) {
    signal?.throwIfAborted();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OperatorError(
      `The store ${storePath} cannot be used: ${reason}. Check REDIS_URL and that Redis is running.`,
      { cause },
    );
  }
}
