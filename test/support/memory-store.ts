import { randomBytes } from 'node:crypto';
import { DamageReport } from '../../src/store/damage.ts';
import { watchStore } from '../../src/store/health.ts';
import { sealingKeyOf } from '../../src/store/seal/cipher.ts';
import { DataKeys } from '../../src/store/seal/data-keys.ts';
import { masterRecord, masterRecordKey } from '../../src/store/seal/master-record.ts';
import { SealedStore } from '../../src/store/seal/sealed-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';

/** A sealed store in memory, under a key that nobody knows. */
export async function openMemoryStore(now: () => number = Date.now): Promise<SealedStore> {
  const inner = watchStore(openSqliteStore({ path: ':memory:', now }), now);
  const master = sealingKeyOf(randomBytes(32));
  await inner.commit({ sets: [{ key: masterRecordKey, value: masterRecord(master) }] });
  const damage = new DamageReport(() => undefined);
  return new SealedStore(inner, new DataKeys(inner, master, damage), damage);
}
