import { timeOfUlid } from '../../../domain/ids.ts';
import type { OutboxRow } from '../../../domain/outbox.ts';
import type { SessionAddress } from '../../../domain/session.ts';
import type { Key, SetEntry, Store } from '../../contract.ts';
import { keyIn, sessionKey } from '../../record-kinds.ts';
import { scan, scanPages } from '../../scan.ts';
import { unlessUnreadable } from '../../unreadable-value.ts';
import { decodeText, encodeText } from '../text.ts';
import { findOpenRow } from './outbox-salvage.ts';

/** Keys counted at a time. */
const pageSize = 1_000;

/** Where a queued send stands: outbox ids sort in the order of acceptance. */
export function queueKey(row: OutboxRow): Key {
  return sessionKey(row, 'queue', row.id);
}

export function queueEntry(row: OutboxRow): SetEntry {
  return { key: queueKey(row), value: new Uint8Array() };
}

/** The one place for the send of a session that is in flight. */
export function flightKey(address: SessionAddress): Key {
  return sessionKey(address, 'in-flight');
}

export function flightEntry(row: OutboxRow): SetEntry {
  return { key: flightKey(row), value: encodeText(row.id) };
}

/** The send in flight. One that cannot be read, or is gone, can be neither sent again nor settled: it is given up. */
export async function rowInFlight(store: Store, address: SessionAddress): Promise<OutboxRow | null> {
  const key = flightKey(address);
  const entry = await store.get(key);
  if (entry === null) return null;
  const row = await unlessUnreadable(null, () => findOpenRow(store, address, decodeText(entry.value), 'sending'));
  if (row === null) await store.commit({ checks: [{ key, version: entry.version }], deletes: [key] });
  return row;
}

/** The outbox id of the send in flight. */
export async function flightOf(store: Store, address: SessionAddress): Promise<string | null> {
  const entry = await store.get(flightKey(address));
  return entry === null ? null : decodeText(entry.value);
}

/** The queued send that is next; one whose row is damaged stays where it is, and those behind it pass by. */
export async function headOf(store: Store, address: SessionAddress): Promise<OutboxRow | null> {
  for await (const { key } of scan(store, queuePrefix(address), { pageSize: 1 })) {
    const id = key.at(-1) ?? '';
    const row = await unlessUnreadable('unreadable', () => findOpenRow(store, address, id, 'queued'));
    if (row !== 'unreadable') return row;
  }
  return null;
}

/** What of an organization is queued: how many sends, and when the oldest was accepted (epoch milliseconds). */
export interface Backlog {
  depth: number;
  oldestAt: number | null;
}

/** Pages that are looked through for a backlog; what lies beyond is not counted. */
const maxBacklogPages = 100;

/**
 * What some sessions of an organization have queued. All queues of the organization are looked through, so an empty
 * one costs nothing. `rest` is awaited between two pages.
 */
export async function backlogOf(
  store: Pick<Store, 'list'>,
  organization: string,
  { sessions, rest }: { sessions: ReadonlySet<string>; rest: () => Promise<void> },
): Promise<Backlog> {
  const backlog: Backlog = { depth: 0, oldestAt: null };
  let pages = 0;
  for await (const page of scanPages(store, keyIn(organization, 'queue'), { pageSize })) {
    for (const { key } of page) {
      const [, , session = '', id = ''] = key;
      if (!sessions.has(session)) continue;
      backlog.depth += 1;
      backlog.oldestAt = Math.min(backlog.oldestAt ?? Number.POSITIVE_INFINITY, timeOfUlid(id));
    }
    pages += 1;
    if (pages === maxBacklogPages) break;
    if (page.length === pageSize) await rest();
  }
  return backlog;
}

function queuePrefix(address: SessionAddress): Key {
  return sessionKey(address, 'queue');
}

/** How many sends a session has queued. */
export async function countQueued(store: Store, address: SessionAddress): Promise<number> {
  let count = 0;
  for await (const page of scanPages(store, queuePrefix(address), { pageSize })) count += page.length;
  return count;
}
