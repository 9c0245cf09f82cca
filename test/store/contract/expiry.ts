import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Key } from '../../../src/store/contract.ts';
import type { OpenStore } from './contract.ts';
import { applied, bytes, conflict, keysOf, put, TestClock, texts } from './support.ts';

const key: Key = ['acme', 'x', '1'];
const lasting: Key = ['acme', 'x', '2'];

export function describeExpiry(open: OpenStore): void {
  it('hides an entry from get and list at the moment it expires, and not before', async () => {
    const clock = new TestClock();
    await using subject = await open(clock);
    await put(subject.store, key, 'brief', clock.now() + 100);
    await put(subject.store, lasting, 'lasting');

    clock.advance(99);
    assert.deepEqual(await texts(subject.store, [key, lasting]), ['brief', 'lasting']);
    assert.deepEqual(keysOf(await subject.store.list(['acme', 'x'], { limit: 10 })), [key, lasting]);

    clock.advance(1);
    assert.equal(await subject.store.get(key), null);
    assert.deepEqual(await texts(subject.store, [key, lasting]), [null, 'lasting']);
    assert.deepEqual(keysOf(await subject.store.list(['acme', 'x'], { limit: 1 })), [lasting]);
  });

  it('counts an expired entry as absent in checks, and gives the next one a new version', async () => {
    const clock = new TestClock();
    await using subject = await open(clock);
    const version = await put(subject.store, key, 'first', clock.now() + 100);
    clock.advance(100);
    const sets = [{ key, value: bytes('second') }];

    assert.deepEqual(await subject.store.commit({ checks: [{ key, version }], sets }), conflict);
    const next = applied(await subject.store.commit({ checks: [{ key, version: null }], sets }));

    assert.notEqual(next.version, version);
    assert.deepEqual(await texts(subject.store, [key]), ['second']);
  });

  it('never shows an entry that had expired when it was set', async () => {
    const clock = new TestClock();
    await using subject = await open(clock);
    await put(subject.store, key, 'visible');

    await put(subject.store, key, 'late', clock.now());

    assert.equal(await subject.store.get(key), null);
  });

  it('takes the expiry from the newest set, and keeps an entry for good when that has none', async () => {
    const clock = new TestClock();
    await using subject = await open(clock);
    await put(subject.store, key, 'brief', clock.now() + 100);
    await put(subject.store, key, 'longer', clock.now() + 200);
    await put(subject.store, lasting, 'brief', clock.now() + 100);
    await put(subject.store, lasting, 'for good');

    clock.advance(100);
    assert.deepEqual(await texts(subject.store, [key, lasting]), ['longer', 'for good']);

    clock.advance(100);
    assert.deepEqual(await texts(subject.store, [key, lasting]), [null, 'for good']);
  });

  it('expires entries across a reopen', async () => {
    const clock = new TestClock();
    await using subject = await open(clock);
    await put(subject.store, key, 'brief', clock.now() + 100);
    await put(subject.store, lasting, 'brief', clock.now() + 101);

    clock.advance(100);
    await subject.reopen();

    assert.deepEqual(await texts(subject.store, [key, lasting]), [null, 'brief']);
  });
}
