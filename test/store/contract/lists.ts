import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Key, Store } from '../../../src/store/contract.ts';
import type { OpenStore } from './contract.ts';
import { append, applied, bytes, drain, keysOf, put, TestClock } from './support.ts';

export function describeLists(open: OpenStore): void {
  describeOrder(open);
  describePages(open);
  describeFaultyReads(open);
}

function describeOrder(open: OpenStore): void {
  it('lists in the order of the UTF-8 bytes of each part, whatever the order of setting', async () => {
    await using subject = await open(new TestClock());
    // U+FF5E sorts before U+1F600 by UTF-8 bytes, and after it by UTF-16 units. U+0001 sorts first of all.
    const sorted = ['\u0001', ' ', '!', '/', '10', '9', ':', 'Z', 'a', 'a\u0001', 'ab', 'b', 'ß', 'é', '～', '😀'];
    const keys = sorted.map((part): Key => ['acme', 'x', part]);

    for (const key of keys.toReversed()) await put(subject.store, key, '');

    assert.deepEqual(keysOf(await subject.store.list(['acme', 'x'], { limit: 100 })), keys);
  });

  it('lists a key before the keys below it, and these before its longer siblings', async () => {
    await using subject = await open(new TestClock());
    const sorted: Key[] = [
      ['acme', 'x', 'a'],
      ['acme', 'x', 'a', 'z'],
      ['acme', 'x', 'a', 'z', 'z'],
      ['acme', 'x', 'a\u0001'],
      ['acme', 'x', 'a/z'],
      ['acme', 'x', 'ab'],
    ];

    for (const key of sorted.toReversed()) await put(subject.store, key, '');

    assert.deepEqual(keysOf(await subject.store.list(['acme', 'x'], { limit: 100 })), sorted);
  });

  it('lists what is below a prefix and neither the prefix itself nor its siblings', async () => {
    await using subject = await open(new TestClock());
    const below: Key[] = [
      ['acme', 'a', '1'],
      ['acme', 'a', '1', 'deep'],
      ['acme', 'a', '\u0001'],
    ];
    const beside: Key[] = [['acme', 'a'], ['acme', 'a\u0001', '1'], ['acme', 'ab', '1'], ['acme', 'A', '1'], ['acme']];

    for (const key of [...below, ...beside]) await put(subject.store, key, '');

    const listed = keysOf(await subject.store.list(['acme', 'a'], { limit: 100 }));
    assert.deepEqual(listed, [below[2], below[0], below[1]]);
  });

  it('keeps partitions apart, also when one name begins with the other', async () => {
    await using subject = await open(new TestClock());
    await put(subject.store, ['acme', 'k'], 'mine');
    await put(subject.store, ['acme2', 'k'], 'theirs');
    await put(subject.store, ['acme/k'], 'theirs');

    assert.deepEqual(keysOf(await subject.store.list(['acme'], { limit: 100 })), [['acme', 'k']]);
  });

  it('does not list logs', async () => {
    await using subject = await open(new TestClock());
    await append(subject.store, ['acme', 'x', 'log'], ['event']);

    assert.deepEqual(await subject.store.list(['acme', 'x'], { limit: 100 }), []);
    assert.equal(await subject.store.get(['acme', 'x', 'log']), null);
  });

  it('lists the values and versions that get answers', async () => {
    await using subject = await open(new TestClock());
    const key: Key = ['acme', 'x', '1'];
    await put(subject.store, key, 'hello');

    assert.deepEqual(await subject.store.list(['acme', 'x'], { limit: 1 }), [await subject.store.get(key)]);
  });
}

function describePages(open: OpenStore): void {
  it('visits each key once in pages', async () => {
    await using subject = await open(new TestClock());
    const keys = await putMany(subject.store, 250);

    const pages = [await subject.store.list(['acme', 'x'], { limit: 100 })];
    for (let last = pages.at(-1)?.at(-1); last !== undefined; last = pages.at(-1)?.at(-1)) {
      pages.push(await subject.store.list(['acme', 'x'], { after: last.key, limit: 100 }));
    }

    assert.deepEqual(
      pages.map((page) => page.length),
      [100, 100, 50, 0],
    );
    assert.deepEqual(keysOf(pages.flat()), keys);
  });

  it('begins after a key that is not there, and at the prefix when that key is before it', async () => {
    await using subject = await open(new TestClock());
    const keys = await putMany(subject.store, 3);
    const listAfter = async (after: Key) => keysOf(await subject.store.list(['acme', 'x'], { after, limit: 100 }));

    assert.deepEqual(await listAfter(['acme', 'x', '0001', 'gone']), keys.slice(2));
    assert.deepEqual(await listAfter(['acme', 'a']), keys);
    assert.deepEqual(await listAfter(['acme', 'y']), []);
  });
}

async function putMany(store: Store, count: number): Promise<Key[]> {
  const keys = Array.from({ length: count }, (_, index): Key => ['acme', 'x', String(index).padStart(4, '0')]);
  applied(await store.commit({ sets: keys.map((key) => ({ key, value: bytes('') })) }));
  return keys;
}

function describeFaultyReads(open: OpenStore): void {
  for (const limit of [0, -1, 1.5, 1001, Number.NaN]) {
    it(`rejects a limit of ${limit} as a bug`, async () => {
      await using subject = await open(new TestClock());

      await assert.rejects(subject.store.list(['acme'], { limit }), TypeError);
      await assert.rejects(subject.store.read(['acme', 'log'], { limit }), TypeError);
    });
  }

  for (const part of ['', 'a\0b', '\udc00']) {
    it(`rejects ${JSON.stringify(part)} as a part of a key, wherever one is asked for`, async () => {
      await using subject = await open(new TestClock());
      const key: Key = ['acme', part];
      const { signal } = new AbortController();

      await assert.rejects(subject.store.get(key), TypeError);
      await assert.rejects(subject.store.getMany([['acme'], key]), TypeError);
      await assert.rejects(subject.store.list(key, { limit: 1 }), TypeError);
      await assert.rejects(subject.store.list(['acme'], { after: key, limit: 1 }), TypeError);
      await assert.rejects(subject.store.read(key, { limit: 1 }), TypeError);
      await assert.rejects(drain(subject.store.follow(key, { signal })), TypeError);
    });
  }
}
