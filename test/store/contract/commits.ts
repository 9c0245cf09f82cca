import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Commit, Key } from '../../../src/store/contract.ts';
import type { OpenStore } from './contract.ts';
import { applied, bytes, conflict, incrementTimes, put, TestClock, texts } from './support.ts';

const key: Key = ['acme', 'number', '1'];
const other: Key = ['acme', 'number', '2'];
const log: Key = ['acme', 'events'];

export function describeCommits(open: OpenStore): void {
  describeChecks(open);
  describeTurns(open);
  describeFaultyCommits(open);
}

function describeChecks(open: OpenStore): void {
  it('commits when each checked key has the version asked for', async () => {
    await using subject = await open(new TestClock());
    const version = await put(subject.store, key, 'old');

    const checks = [
      { key, version },
      { key: other, version: null },
    ];
    applied(await subject.store.commit({ checks, sets: [{ key, value: bytes('new') }] }));

    assert.deepEqual(await texts(subject.store, [key]), ['new']);
  });

  const refusals: { what: string; check: (versions: { stale: string; live: string }) => Commit['checks'] }[] = [
    { what: 'a key that should be absent is there', check: () => [{ key, version: null }] },
    { what: 'a key has moved on', check: ({ stale }) => [{ key, version: stale }] },
    { what: 'a key that should be there is absent', check: ({ live }) => [{ key: ['acme', 'none'], version: live }] },
    { what: 'a version belongs to another key', check: ({ live }) => [{ key: other, version: live }] },
    { what: 'the version is made up', check: () => [{ key, version: 'nonsense' }] },
    {
      what: 'only one check of several fails',
      check: ({ live, stale }) => [
        { key, version: live },
        { key, version: stale },
      ],
    },
  ];
  for (const { what, check } of refusals) {
    it(`refuses a commit and applies nothing of it when ${what}`, async () => {
      await using subject = await open(new TestClock());
      const stale = await put(subject.store, key, 'first');
      const live = await put(subject.store, key, 'second');
      await put(subject.store, other, 'untouched');

      const result = await subject.store.commit({
        checks: check({ stale, live }) ?? [],
        sets: [{ key, value: bytes('third') }],
        deletes: [other],
        appends: [{ log, value: bytes('event'), maxEntries: 10 }],
      });

      assert.deepEqual(result, conflict);
      assert.deepEqual(await texts(subject.store, [key, other]), ['second', 'untouched']);
      assert.deepEqual(await subject.store.read(log, { limit: 10 }), { entries: [], trimmedThrough: null });
    });
  }

  it('applies sets, deletes and appends of one commit together and under one version', async () => {
    await using subject = await open(new TestClock());
    await put(subject.store, ['acme', 'old'], 'x');

    const { version, cursors } = applied(
      await subject.store.commit({
        sets: [
          { key, value: bytes('one') },
          { key: other, value: bytes('two') },
        ],
        deletes: [['acme', 'old']],
        appends: [{ log, value: bytes('event'), maxEntries: 10 }],
      }),
    );

    assert.deepEqual(await subject.store.getMany([key, other, ['acme', 'old']]), [
      { key, value: bytes('one'), version },
      { key: other, value: bytes('two'), version },
      null,
    ]);
    const { entries } = await subject.store.read(log, { limit: 10 });
    assert.deepEqual(entries, [{ cursor: cursors[0], value: bytes('event') }]);
  });
}

function describeTurns(open: OpenStore): void {
  it('lets commits of one turn see each other in order, and refuses the losers alone', async () => {
    await using subject = await open(new TestClock());
    const claim = (value: string): Commit => ({
      checks: [{ key, version: null }],
      sets: [{ key, value: bytes(value) }],
    });

    const results = await Promise.all([
      subject.store.commit(claim('first')),
      subject.store.commit(claim('second')),
      subject.store.commit({ deletes: [key] }),
      subject.store.commit(claim('third')),
      subject.store.commit({ sets: [{ key: other, value: bytes('bystander') }] }),
    ]);

    assert.deepEqual(
      results.map(({ ok }) => ok),
      [true, false, true, true, true],
    );
    assert.deepEqual(await texts(subject.store, [key, other]), ['third', 'bystander']);
  });

  it('loses no increment when many count by compare-and-set at once', async () => {
    await using subject = await open(new TestClock());

    await Promise.all(Array.from({ length: 20 }, () => incrementTimes(subject.store, key, 10)));

    assert.deepEqual(await texts(subject.store, [key]), ['200']);
  });
}

function describeFaultyCommits(open: OpenStore): void {
  const value = bytes('x');
  const end = '0000000000000001';
  const faults: { what: string; commit: Commit }[] = [
    { what: 'an empty part in a key', commit: { sets: [{ key: ['acme', ''], value }] } },
    { what: 'a NUL in a key', commit: { deletes: [['acme', 'a\0b']] } },
    { what: 'a lone surrogate in a key', commit: { checks: [{ key: ['acme', '\ud800'], version: null }] } },
    { what: 'keys of two partitions', commit: { sets: [{ key, value }], deletes: [['globex', 'x']] } },
    { what: 'a log of another partition', commit: { deletes: [key], appends: [{ log: ['b'], value, maxEntries: 1 }] } },
    { what: 'a log of another partition to trim', commit: { deletes: [key], trims: [{ log: ['b'], through: end }] } },
    { what: 'a key set twice', commit: { sets: [key, key].map((repeated) => ({ key: repeated, value })) } },
    { what: 'a key set and deleted', commit: { sets: [{ key, value }], deletes: [key] } },
    { what: 'an expiry that is no number', commit: { sets: [{ key, value, expiresAt: Number.NaN }] } },
    { what: 'a negative bound for a log', commit: { appends: [{ log, value, maxEntries: -1 }] } },
  ];
  for (const { what, commit } of faults) {
    it(`rejects a commit with ${what} as a bug, and not the others of its turn`, async () => {
      await using subject = await open(new TestClock());

      const [faulty, sound] = await Promise.allSettled([
        subject.store.commit(commit),
        subject.store.commit({ sets: [{ key: other, value }] }),
      ]);

      assert.ok(faulty.status === 'rejected' && faulty.reason instanceof TypeError);
      assert.equal(sound.status, 'fulfilled');
      assert.equal(await subject.store.get(key), null);
    });
  }
}
