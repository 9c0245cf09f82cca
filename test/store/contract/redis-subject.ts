import { openRedisStore } from '../../../src/store/engine/redis/store.ts';
import { sharedRedis } from '../../support/redis/redis-server.ts';
import type { StoreUnderTest } from './contract.ts';

/** A store in Redis with names of its own. */
export async function openRedisSubject({ now }: { now: () => number }): Promise<StoreUnderTest> {
  const space = await sharedRedis();
  const open = () => openRedisStore({ url: space.url, prefix: space.keyPrefix, now });
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
      await space[Symbol.asyncDispose]();
    },
  };
}
