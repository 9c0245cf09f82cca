import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError } from '../../../src/domain/errors.ts';
import type { Key } from '../../../src/store/contract.ts';
import { healthCheckedStore } from '../../../src/store/layers/health-checked-store.ts';
import { eventually } from '../../support/eventually.ts';
import { bytes, put, texts } from '../contract/support.ts';
import { openBreakable } from '../support/breakable-store.ts';

const key: Key = ['acme', 'x'];

test('a store fails from the first commit that cannot be written, and works again by itself', async () => {
  await using breakable = openBreakable();
  const { store } = breakable;
  const changes: string[] = [];
  store.onChange((state) => changes.push(state));
  await put(store, key, 'before');
  assert.deepEqual([store.state, changes], ['working', []]);

  breakable.break();
  await assert.rejects(put(store, key, 'refused'), GatewayError);
  await eventually(() => assert.equal(store.state, 'failing'));
  assert.deepEqual(await texts(store, [key]), ['before'], 'it can still be read');
  breakable.mend();
  await eventually(() => assert.equal(store.state, 'working'));

  await put(store, key, 'after');
  assert.deepEqual(changes, ['failing', 'working']);
});

test('while a store fails commits are refused at once, with a word that nothing was done', async () => {
  await using breakable = openBreakable();
  const { store } = breakable;
  breakable.break();
  await assert.rejects(put(store, key, 'refused'), GatewayError);
  await eventually(() => assert.equal(store.state, 'failing'));

  // The disk would take it again, but whether there is room for all that is asked for is not known yet.
  breakable.mend();
  await assert.rejects(put(store, key, 'refused'), /nothing was done/);
  assert.deepEqual(await texts(store, [key]), [null]);
});

test('a commit that fails alone does not make the store fail', async () => {
  await using breakable = openBreakable();
  const { store, database } = breakable;
  database.exec(`CREATE TRIGGER poison BEFORE INSERT ON entries WHEN new.value = CAST('poison' AS BLOB)
                 BEGIN SELECT RAISE(ABORT, 'poisoned'); END`);
  const changes: string[] = [];
  store.onChange((state) => changes.push(state));

  await assert.rejects(put(store, key, 'poison'), GatewayError);
  await eventually(async () => assert.notEqual(await store.get(['gateway', 'store-probe']), null));

  assert.deepEqual([store.state, changes], ['working', []]);
});

test('a disk with room for a small commit only does not count as working', async () => {
  await using breakable = openBreakable();
  const { store, database } = breakable;
  await put(store, key, 'before');
  database.exec('PRAGMA max_page_count = 22');
  await assert.rejects(store.commit({ sets: [{ key, value: new Uint8Array(200_000) }] }), GatewayError);
  await eventually(() => assert.equal(store.state, 'failing'));

  const direct = healthCheckedStore(breakable.inner, Date.now);
  await direct.commit({ sets: [{ key, value: bytes('small') }] });

  assert.deepEqual([direct.state, store.state], ['working', 'failing']);
});
