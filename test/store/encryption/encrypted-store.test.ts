import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Key } from '../../../src/store/contract.ts';
import { UndecryptableValueError, unlessUnreadable } from '../../../src/store/unreadable-value.ts';
import { append, applied, bytes, keysOf, numbered, put, text, texts, textsOf } from '../contract/support.ts';
import { SealedFolder } from './support.ts';

const canary = 'a canary that nobody may see';
const address = { organization: 'acme', session: 'S1' };

/** One of each kind of place that a value can lie in, in two organizations and two sessions. */
const places: Key[] = ['acme', 'other'].flatMap((organization) => [
  [organization, 'session', 'S1'],
  ...['S1', 'S2'].flatMap((session): Key[] => [
    [organization, 'credentials', session],
    [organization, 'outbox', session, 'O1'],
    [organization, 'outbox', session, 'O2'],
    [organization, 'message', session, 'O1'],
  ]),
]);

test('the encrypted store refuses a value in any place but its own', async () => {
  using folder = new SealedFolder();
  await using store = await folder.open();
  for (const place of places) await put(store, place, canary);
  const sealed = places.map((place) => folder.file.read(place));

  for (const [from, value] of sealed.entries()) {
    for (const place of places) folder.file.write(place, value);
    const entries = await store.getMany(places);
    const opened = await Promise.all(
      entries.map((entry) => unlessUnreadable(null, () => text(entry?.value ?? bytes('')))),
    );
    assert.deepEqual(
      opened,
      places.map((_, at) => (at === from ? canary : null)),
    );
  }
});

test('the encrypted store refuses the value of a log in an entry of the same key, and the other way round', async () => {
  using folder = new SealedFolder();
  await using store = await folder.open();
  const key: Key = ['acme', 'events'];
  await put(store, key, canary);
  await append(store, key, [canary]);

  const [entry, logEntry] = [folder.file.read(key), folder.file.readLog(key)];
  folder.file.write(key, logEntry);
  folder.file.writeLog(key, entry);

  const { entries } = await store.read(key, { limit: 1 });
  assert.throws(() => entries[0]?.value, UndecryptableValueError);
  const swapped = await store.get(key);
  assert.throws(() => swapped?.value, UndecryptableValueError);
});

test('the encrypted store refuses a value with any byte changed, reports it once, and lists what is beside it', async () => {
  using folder = new SealedFolder();
  await using store = await folder.open();
  await put(store, ['acme', 'x', '1'], canary);
  await put(store, ['acme', 'x', '2'], canary);
  const whole = folder.file.read(['acme', 'x', '1']);

  for (const at of whole.keys()) {
    folder.file.write(['acme', 'x', '1'], whole);
    folder.file.damage(['acme', 'x', '1'], at);
    const [damaged, other] = await store.list(['acme', 'x'], { limit: 10 });
    assert.throws(() => damaged?.value, UndecryptableValueError);
    assert.equal(text(other?.value ?? bytes('')), canary);
  }

  assert.deepEqual(folder.damaged, [['acme', 'x', '1']]);
});

test('the encrypted store leaves no readable value, log or name in its files', async () => {
  using folder = new SealedFolder();
  await using store = await folder.open();
  const phone = '491700000001';
  const named: Key[] = [
    ['acme', 'signal', 'S1', 'I1', 'session', `${phone}.0`],
    ['acme', 'group', 'S1', `${phone}-1600000000@g.us`],
    ['acme', 'idempotency', phone],
  ];

  for (const key of [...named, ...places]) await put(store, key, canary);
  await append(store, ['acme', 'events'], [canary]);

  for (const file of ['troupe.db', 'troupe.db-wal']) {
    const content = readFileSync(`${folder.dataDir}/${file}`);
    assert.equal(content.indexOf(canary), -1, file);
    assert.equal(content.indexOf(phone), -1, file);
  }
  assert.deepEqual(await texts(store, named), [canary, canary, canary]);
});

test('the encrypted store finds hidden names again after a reopen, and lists them so that they can be read on and deleted', async () => {
  using folder = new SealedFolder();
  const names = numbered(20);
  const keys = names.map((name): Key => ['acme', 'signal', 'S1', 'I1', 'session', name]);
  {
    await using store = await folder.open();
    await store.commit({ sets: keys.map((key, index) => ({ key, value: bytes(names[index] ?? '') })) });
  }
  await using store = await folder.open();

  assert.deepEqual(await texts(store, keys), names);
  const listed: Key[] = [];
  for (let after: Key | undefined; ; after = listed.at(-1)) {
    const page = await store.list(['acme', 'signal', 'S1'], { limit: 7, ...(after !== undefined && { after }) });
    listed.push(...keysOf(page));
    if (page.length < 7) break;
  }
  assert.equal(new Set(listed.map(String)).size, 20);
  await store.commit({ deletes: [keys[0] ?? ['acme']] });
  await store.commit({ deletes: listed });
  assert.deepEqual(await texts(store, keys), Array(20).fill(null));
});

test('the encrypted store checks hidden names like any others, also before anything is there', async () => {
  using folder = new SealedFolder();
  await using store = await folder.open();
  const key: Key = ['acme', 'group', 'S1', 'a@g.us'];
  const create = { checks: [{ key, version: null }], sets: [{ key, value: bytes('1') }] };

  const results = await Promise.all([store.commit(create), store.commit(create)]);

  assert.deepEqual(
    results.map(({ ok }) => ok),
    [true, false],
  );
});

test('the encrypted store keeps the order of commits when some must wait for a new data key and others need not', async () => {
  using folder = new SealedFolder();
  await using store = await folder.open();
  const log: Key = ['acme', 'events'];
  await append(store, log, ['0']);
  const commits = numbered(10).map((name) =>
    store.commit({
      ...(Number(name) % 3 === 1 && {
        sets: [{ key: ['acme', 'outbox', `S${name}`, 'O'] as const, value: bytes(name) }],
      }),
      appends: [{ log, value: bytes(name), maxEntries: 100 }],
    }),
  );

  for (const result of await Promise.all(commits)) applied(result);

  assert.deepEqual(textsOf(await store.read(log, { limit: 100 })), numbered(11, 0));
});

test('the encrypted store copies values when commit is called, also while the data key is created', async () => {
  using folder = new SealedFolder();
  await using store = await folder.open();
  const value = bytes('before');

  const pending = store.commit({ sets: [{ key: ['acme', 'x'], value }] });
  value.fill(0);
  await pending;

  assert.deepEqual(await texts(store, [['acme', 'x']]), ['before']);
});

test('the encrypted store makes one data key for all that need it at once, in any number of processes', async () => {
  using folder = new SealedFolder();
  await using first = await folder.open();
  await using second = await folder.open({}, 'visitor');
  const keys = numbered(40).map((name): Key => ['acme', 'x', name]);

  await Promise.all(keys.map((key, index) => put(index % 2 === 0 ? first : second, key, String(index))));

  assert.deepEqual(await texts(first, keys), numbered(40, 0));
  assert.deepEqual(await texts(second, keys), numbered(40, 0));
  assert.equal(folder.file.keys().filter(([, kind]) => kind === 'data-key').length, 1);
});

test('the encrypted store can no longer read what was shredded, and encrypts what follows with another key', async () => {
  using folder = new SealedFolder();
  await using store = await folder.open();
  const [identity, message]: Key[] = [
    ['acme', 'credentials', 'S1'],
    ['acme', 'message', 'S1', 'M1'],
  ];
  if (identity === undefined || message === undefined) throw new Error('unreachable');
  await put(store, identity, canary);
  await put(store, message, canary);

  await store.shred(address, 'identity');

  const shredded = await store.get(identity);
  assert.throws(() => shredded?.value, UndecryptableValueError);
  assert.deepEqual(await texts(store, [message]), [canary]);
  await put(store, identity, 'next');
  assert.deepEqual(await texts(store, [identity]), ['next']);
});

test('the encrypted store never makes a second data key in place of an unreadable one', async () => {
  using folder = new SealedFolder();
  const key: Key = ['acme', 'credentials', 'S1'];
  const dataKey: Key = ['.seal', 'data-key', 'acme', 'S1', 'identity'];
  {
    await using store = await folder.open();
    await put(store, key, canary);
  }
  folder.file.damage(dataKey);
  await using store = await folder.open();

  await assert.rejects(put(store, key, 'next'), UndecryptableValueError);
  const entry = await store.get(key);
  assert.throws(() => entry?.value, UndecryptableValueError);
  assert.deepEqual(folder.damaged, [dataKey, key]);
});

test('the encrypted store refuses access to the partition of its own keys', async () => {
  using folder = new SealedFolder();
  await using store = await folder.open();
  const own: Key = ['.seal', 'master'];

  await assert.rejects(store.get(own), TypeError);
  await assert.rejects(store.getMany([own]), TypeError);
  await assert.rejects(store.list(['.seal'], { limit: 1 }), TypeError);
  await assert.rejects(store.commit({ deletes: [own] }), TypeError);
  await assert.rejects(store.commit({ checks: [{ key: own, version: null }] }), TypeError);
  await assert.rejects(store.commit({ trims: [{ log: own, through: '0000000000000001' }] }), TypeError);
  await assert.rejects(store.read(own, { limit: 1 }), TypeError);
  await assert.rejects(store.tail(own), TypeError);
});
