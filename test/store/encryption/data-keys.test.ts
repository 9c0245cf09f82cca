import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { sealingKeyOf } from '../../../src/store/encryption/cipher.ts';
import { DataKeys } from '../../../src/store/encryption/data-keys.ts';
import { masterRecord, masterRecordKey } from '../../../src/store/encryption/key-check-record.ts';
import { openSqliteStore } from '../../../src/store/engine/sqlite/store.ts';
import { DamageReport } from '../../../src/store/unreadable-value.ts';

test('of the data keys those are kept in memory that were used last, not those that were read last', async () => {
  await using store = openSqliteStore({ path: ':memory:', now: Date.now });
  const master = sealingKeyOf(randomBytes(32));
  await store.commit({ sets: [{ key: masterRecordKey, value: masterRecord(master) }] });
  const keys = new DataKeys(store, master, new DamageReport(() => undefined), 2);
  const first = await keys.obtain('first');
  await keys.obtain('second');

  assert.equal(await keys.obtain('first'), first);
  await keys.obtain('third');

  assert.equal(keys.cached('first'), first);
  assert.equal(keys.cached('second'), undefined);
  assert.deepEqual((await keys.find('second'))?.id, (await keys.obtain('second')).id);
});
