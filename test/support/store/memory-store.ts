import { randomBytes } from 'node:crypto';
import { sealingKeyOf } from '../../../src/store/encryption/cipher.ts';
import { DataKeys } from '../../../src/store/encryption/data-keys.ts';
import { SealedStore } from '../../../src/store/encryption/encrypted-store.ts';
import { masterRecord, masterRecordKey } from '../../../src/store/encryption/key-check-record.ts';
import { openSqliteStore } from '../../../src/store/engine/sqlite/store.ts';
import { watchStore } from '../../../src/store/layers/health-checked-store.ts';
import { DamageReport } from '../../../src/store/unreadable-value.ts';

/** A sealed store in memory, under a key that nobody knows. */
export async function openMemoryStore(now: () => number = Date.now): Promise<SealedStore> {
  const inner = watchStore(openSqliteStore({ path: ':memory:', now }), now);
  const master = sealingKeyOf(randomBytes(32));
  await inner.commit({ sets: [{ key: masterRecordKey, value: masterRecord(master) }] });
  const damage = new DamageReport(() => undefined);
  return new SealedStore(inner, new DataKeys(inner, master, damage), damage);
}
