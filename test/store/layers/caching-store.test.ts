import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Key } from '../../../src/store/contract.ts';
import { CachingStore } from '../../../src/store/layers/caching-store.ts';
import { openMemoryStore } from '../../support/store/memory-store.ts';
import { storeContract } from '../contract/contract.ts';
import { openSealedSubject } from '../contract/encrypted-subject.ts';
import { bytes, put, TestClock, text } from '../contract/support.ts';

const keepsAll = { keeps: () => true };
const key: Key = ['acme', 'rate', 's'];

storeContract('a caching store that keeps everything', async ({ now }) => {
  const below = await openSealedSubject({ now });
  let store = new CachingStore(below.store, { now, ...keepsAll });
  return {
    get store() {
      return store;
    },
    async reopen() {
      await below.reopen();
      store = new CachingStore(below.store, { now, ...keepsAll });
    },
    [Symbol.asyncDispose]: () => below[Symbol.asyncDispose](),
  };
});

test('what was written is not read from the store again, and what was not written is', async () => {
  const { now } = new TestClock();
  await using below = await openMemoryStore(now);
  const store = new CachingStore(below, { now });
  await put(store, key, 'written');
  // Behind its back, to see where it looks.
  await put(below, key, 'changed below');

  assert.equal(text((await store.get(key))?.value ?? bytes('')), 'written');
  assert.equal(text((await new CachingStore(below, { now }).get(key))?.value ?? bytes('')), 'changed below');
});

test('an entry that is being written is looked up in the store until that is over', async () => {
  const { now } = new TestClock();
  await using below = await openMemoryStore(now);
  const store = new CachingStore(below, { now });
  await put(store, key, 'first');

  const writing = [put(store, key, 'second'), put(store, key, 'third')];
  assert.equal(text((await store.get(key))?.value ?? bytes('')), 'first');
  await Promise.all(writing);

  assert.equal(text((await store.get(key))?.value ?? bytes('')), 'third');
});

test('a commit that conflicts or fails leaves nothing in memory', async () => {
  const { now } = new TestClock();
  const below = await openMemoryStore(now);
  const store = new CachingStore(below, { now });
  const version = await put(store, key, 'stays');
  const sets = [{ key, value: bytes('never') }];

  assert.equal((await store.commit({ checks: [{ key, version: 'another' }], sets })).ok, false);
  assert.equal((await store.get(key))?.version, version);
  await below[Symbol.asyncDispose]();
  await assert.rejects(store.commit({ sets }));
  await assert.rejects(store.get(key));
});
