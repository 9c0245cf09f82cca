import { randomBytes } from 'node:crypto';
import { encryptionKeyOf } from '../../../src/store/encryption/cipher.ts';
import { DataKeys } from '../../../src/store/encryption/data-keys.ts';
import { EncryptedStore } from '../../../src/store/encryption/encrypted-store.ts';
import { keyCheckRecord, keyCheckRecordKey } from '../../../src/store/encryption/key-check-record.ts';
import { openSqliteStore } from '../../../src/store/engine/sqlite/store.ts';
import { healthCheckedStore } from '../../../src/store/layers/health-checked-store.ts';
import { UnreadableReport } from '../../../src/store/unreadable-value.ts';

/** A sealed store in memory, under a key that nobody knows. */
export async function openMemoryStore(now: () => number = Date.now): Promise<EncryptedStore> {
  const inner = healthCheckedStore(openSqliteStore({ path: ':memory:', now }), now);
  const master = encryptionKeyOf(randomBytes(32));
  await inner.commit({ sets: [{ key: keyCheckRecordKey, value: keyCheckRecord(master) }] });
  const damage = new UnreadableReport(() => undefined);
  return new EncryptedStore(inner, new DataKeys(inner, master, damage), damage);
}
