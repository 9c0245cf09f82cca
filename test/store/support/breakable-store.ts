import { openStoreDatabase } from '../../../src/store/engine/sqlite/schema.ts';
import { SqliteStore } from '../../../src/store/engine/sqlite/store.ts';
import { healthCheckedStore } from '../../../src/store/layers/health-checked-store.ts';

/** A watched store in memory that can be kept from being written. */
export function openBreakable() {
  const database = openStoreDatabase({ path: ':memory:', busyTimeoutMs: 0 });
  const inner = new SqliteStore(database, Date.now);
  const store = healthCheckedStore(inner, Date.now);
  return {
    store,
    inner,
    database,
    break: () => database.exec('PRAGMA query_only = ON'),
    mend: () => database.exec('PRAGMA query_only = OFF'),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}
