import { randomUUID } from 'node:crypto';
import { openRedisStore } from '../../src/store/redis/store.ts';
import type { StoreUnderTest } from './contract.ts';

const url = process.env['TEST_REDIS'] ?? '';

/** A store in Redis with names of its own. */
export async function openRedisSubject({ now }: { now: () => number }): Promise<StoreUnderTest> {
  const prefix = `test:${randomUUID()}:`;
  const open = () => openRedisStore({ url, prefix, now });
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
    },
  };
}
