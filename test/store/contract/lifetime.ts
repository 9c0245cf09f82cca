import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Key } from '../../../src/store/contract.ts';
import type { OpenStore } from './contract.ts';
import { append, applied, bytes, drain, isUnavailable, put, TestClock, texts, textsOf } from './support.ts';

const key: Key = ['acme', 'x'];
const log: Key = ['acme', 'events'];

export function describeLifetime(open: OpenStore): void {
  it('keeps entries, versions and logs across a reopen', async () => {
    await using subject = await open(new TestClock());
    const version = await put(subject.store, key, 'hello');
    const cursors = await append(subject.store, log, ['1', '2', '3'], 2);

    await subject.reopen();

    assert.deepEqual(await subject.store.get(key), { key, value: bytes('hello'), version });
    const slice = await subject.store.read(log, { limit: 10 });
    assert.deepEqual(textsOf(slice), ['2', '3']);
    assert.equal(slice.trimmedThrough, cursors[0]);
  });

  it('answers the commits that are under way when it is disposed', async () => {
    await using subject = await open(new TestClock());

    const pending = subject.store.commit({ sets: [{ key, value: bytes('last words') }] });
    await subject.reopen();

    applied(await pending);
    assert.deepEqual(await texts(subject.store, [key]), ['last words']);
  });

  it('rejects every call once it is disposed, which may be done twice', async () => {
    await using subject = await open(new TestClock());
    const { store } = subject;
    await store[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
    const { signal } = new AbortController();

    await assert.rejects(store.get(key), isUnavailable);
    await assert.rejects(store.getMany([key]), isUnavailable);
    await assert.rejects(store.list(key, { limit: 1 }), isUnavailable);
    await assert.rejects(store.commit({ deletes: [key] }), isUnavailable);
    await assert.rejects(store.read(log, { limit: 1 }), isUnavailable);
    await assert.rejects(drain(store.follow(log, { signal })), isUnavailable);
  });
}
