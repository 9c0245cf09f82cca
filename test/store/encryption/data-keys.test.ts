import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { encryptionKeyOf } from '../../../src/store/encryption/cipher.ts';
import { DataKeys } from '../../../src/store/encryption/data-keys.ts';
import { keyCheckRecord, keyCheckRecordKey } from '../../../src/store/encryption/key-check-record.ts';
import { openSqliteStore } from '../../../src/store/engine/sqlite/store.ts';
import { UnreadableReport } from '../../../src/store/unreadable-value.ts';

test('of the data keys those are kept in memory that were used last, not those that were read last', async () => {
  await using store = openSqliteStore({ path: ':memory:', now: Date.now });
  const master = encryptionKeyOf(randomBytes(32));
  await store.commit({ sets: [{ key: keyCheckRecordKey, value: keyCheckRecord(master) }] });
  const keys = new DataKeys(store, master, new UnreadableReport(() => undefined), 2);
  const first = await keys.obtain('first');
  await keys.obtain('second');

  assert.equal(await keys.obtain('first'), first);
  await keys.obtain('third');

  assert.equal(keys.cached('first'), first);
  assert.equal(keys.cached('second'), undefined);
  assert.deepEqual((await keys.find('second'))?.id, (await keys.obtain('second')).id);
});
