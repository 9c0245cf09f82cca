import type { SessionAddress } from '../../../domain/session.ts';
import type { Store } from '../../contract.ts';
import { sessionKey } from '../../record-kinds.ts';
import { scanPages } from '../../scan.ts';
import { unlessUnreadable } from '../../unreadable-value.ts';
import { findRow, rowEntry } from './outbox-rows.ts';

/**
 * Marks each queued send of a session as restored from a backup, so that its events say that it may arrive twice. Yields
 * how many were marked; unreadable ones stay as they are.
 */
export async function markQueueRestored(store: Store, address: SessionAddress, now: number): Promise<number> {
  let marked = 0;
  for await (const page of scanPages(store, sessionKey(address, 'queue'))) {
    const found = await Promise.all(
      page.map(({ key }) => unlessUnreadable(null, () => findRow(store, address, key.at(-1) ?? ''))),
    );
    const rows = found.filter((row) => row !== null);
    if (rows.length > 0) await store.commit({ sets: rows.map((row) => rowEntry({ ...row, restoredAt: now })) });
    marked += rows.length;
  }
  return marked;
}
