import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Key } from '../../../src/store/contract.ts';
import type { OpenStore } from './contract.ts';
import { applied, bytes, numbered, put, TestClock, text, texts } from './support.ts';

const key: Key = ['acme', 'number', '1'];
const other: Key = ['acme', 'number', '2'];
const log: Key = ['acme', 'events'];

export function describeEntries(open: OpenStore): void {
  describeValues(open);
  describeVersions(open);
}

function describeValues(open: OpenStore): void {
  it('answers null for a key that was never set', async () => {
    await using subject = await open(new TestClock());

    assert.equal(await subject.store.get(key), null);
  });

  it('gives back an entry with its key, its value and the version of its commit', async () => {
    await using subject = await open(new TestClock());

    const version = await put(subject.store, key, 'hello');

    assert.deepEqual(await subject.store.get(key), { key, value: bytes('hello'), version });
  });

  const values = [
    { what: 'no bytes', value: new Uint8Array(0) },
    { what: 'each value of a byte', value: Uint8Array.from({ length: 256 }, (_, index) => index) },
    { what: 'a megabyte', value: Uint8Array.from({ length: 1_048_576 }, (_, index) => index % 251) },
    { what: 'a view into the middle of a buffer', value: new Uint8Array([1, 2, 3, 4, 5]).subarray(1, 4) },
  ];
  for (const { what, value } of values) {
    it(`keeps a value of ${what} as it is`, async () => {
      await using subject = await open(new TestClock());

      applied(await subject.store.commit({ sets: [{ key, value }] }));

      const entry = await subject.store.get(key);
      assert.deepEqual(Buffer.from(entry?.value ?? bytes('absent')), Buffer.from(value));
    });
  }

  it('stores the bytes as they were when commit was called', async () => {
    await using subject = await open(new TestClock());
    const value = bytes('before');

    const committed = subject.store.commit({ sets: [{ key, value }], appends: [{ log, value, maxEntries: 10 }] });
    value.fill(0);
    applied(await committed);

    assert.deepEqual(await texts(subject.store, [key]), ['before']);
    const { entries } = await subject.store.read(log, { limit: 10 });
    assert.deepEqual(
      entries.map((entry) => text(entry.value)),
      ['before'],
    );
  });

  it('answers several keys in the order asked for, absent and repeated ones too', async () => {
    await using subject = await open(new TestClock());
    await put(subject.store, key, 'one');
    await put(subject.store, other, 'two');

    assert.deepEqual(await texts(subject.store, [other, ['acme', 'none'], key, other]), ['two', null, 'one', 'two']);
    assert.deepEqual(await subject.store.getMany([]), []);
  });

  it('answers 20,000 keys at once, and refuses more', async () => {
    await using subject = await open(new TestClock());
    const names = numbered(20_000);
    const keys = names.map((name): Key => ['acme', 'member', name]);
    for (const [first, last] of [
      [0, 1_000],
      [19_000, 20_000],
    ] as const) {
      const sets = keys
        .slice(first, last)
        .map((each, index) => ({ key: each, value: bytes(names[first + index] ?? '') }));
      applied(await subject.store.commit({ sets }));
    }

    const found = await texts(subject.store, keys);

    assert.deepEqual(
      found,
      names.map((name, index) => (index < 1_000 || index >= 19_000 ? name : null)),
    );
    await assert.rejects(subject.store.getMany([...keys, key]), TypeError);
  });

  it('deletes an entry, and an absent one without complaint', async () => {
    await using subject = await open(new TestClock());
    await put(subject.store, key, 'hello');

    applied(await subject.store.commit({ deletes: [key, other] }));

    assert.equal(await subject.store.get(key), null);
  });
}

function describeVersions(open: OpenStore): void {
  it('changes the version with each commit that sets the key, also to the same value', async () => {
    await using subject = await open(new TestClock());

    const first = await put(subject.store, key, 'same');
    const second = await put(subject.store, key, 'same');

    assert.notEqual(first, second);
  });

  it('leaves the version of a key alone when a commit only checks it', async () => {
    await using subject = await open(new TestClock());
    const version = await put(subject.store, key, 'kept');

    applied(await subject.store.commit({ checks: [{ key, version }], sets: [{ key: other, value: bytes('new') }] }));

    assert.equal((await subject.store.get(key))?.version, version);
  });

  it('never gives a key a version twice, neither after a delete nor after a reopen', async () => {
    await using subject = await open(new TestClock());
    const versions: string[] = [];

    for (let round = 0; round < 5; round += 1) {
      versions.push(await put(subject.store, key, 'a'), await put(subject.store, key, 'b'));
      await subject.store.commit({ deletes: [key] });
      versions.push(await put(subject.store, key, 'c'));
      await subject.reopen();
    }

    assert.equal(new Set(versions).size, 15);
  });
}
