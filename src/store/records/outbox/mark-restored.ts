import type { SessionAddress } from '../../../domain/session.ts';
import type { Key, Store } from '../../contract.ts';
import { sessionKey } from '../../record-kinds.ts';
import { unlessUnreadable } from '../../unreadable-value.ts';
import { findRow, rowEntry } from './outbox-rows.ts';

const pageSize = 500;

/**
 * Notes on each queued send of a session that it comes from a backup, so that whoever follows the events is told that
 * it may arrive twice. Yields how many there are; damaged ones stay as they are.
 */
export async function markQueueRestored(store: Store, address: SessionAddress, now: number): Promise<number> {
  let marked = 0;
  for (let after: Key | undefined; ; ) {
    const options = { limit: pageSize, ...(after !== undefined && { after }) };
    const page = await store.list(sessionKey(address, 'queue'), options);
    const found = await Promise.all(
      page.map(({ key }) => unlessUnreadable(null, () => findRow(store, address, key.at(-1) ?? ''))),
    );
    const rows = found.filter((row) => row !== null);
    if (rows.length > 0) await store.commit({ sets: rows.map((row) => rowEntry({ ...row, restoredAt: now })) });
    marked += rows.length;
    after = page.at(-1)?.key;
    if (page.length < pageSize) return marked;
  }
}
