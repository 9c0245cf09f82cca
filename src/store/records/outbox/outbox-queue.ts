import { publicJid } from '../../../domain/contact.ts';
import { timeOfUlid } from '../../../domain/ids.ts';
import { type OutboxRow, recipientOf } from '../../../domain/outbox.ts';
import type { SessionAddress } from '../../../domain/session.ts';
import type { Entry, Key, SetEntry, Store } from '../../contract.ts';
import { keyIn, sessionKey } from '../../record-kinds.ts';
import { scan, scanPages } from '../../scan.ts';
import { unlessUnreadable } from '../../unreadable-value.ts';
import { decodeText, encodeText } from '../text.ts';
import { findOpenRow } from './outbox-salvage.ts';

/** Sends whose chats are looked up at a time. */
const chatsAtATime = 200;

/** Entries counted at a time. */
const pageSize = 1_000;

/** The place of a send in the queue: outbox ids sort in the order of acceptance. */
export function queueKey(row: OutboxRow): Key {
  return sessionKey(row, 'queue', row.id);
}

/** Its value is the chat that the send goes to; empty in those of older releases. */
export function queueEntry(row: OutboxRow): SetEntry {
  return { key: queueKey(row), value: encodeText(chatOf(row)) };
}

/** The chat of a send, as callers know it. */
function chatOf(row: OutboxRow): string {
  return publicJid(recipientOf(row));
}

/** The entry that names the send in flight of a session: there is at most one. */
export function inFlightKey(address: SessionAddress): Key {
  return sessionKey(address, 'in-flight');
}

export function inFlightEntry(row: OutboxRow): SetEntry {
  return { key: inFlightKey(row), value: encodeText(row.id) };
}

/** The send in flight. An unreadable or missing row can be neither sent again nor settled, so its entry is deleted. */
export async function rowInFlight(store: Store, address: SessionAddress): Promise<OutboxRow | null> {
  const key = inFlightKey(address);
  const entry = await store.get(key);
  if (entry === null) return null;
  const row = await unlessUnreadable(null, () => findOpenRow(store, address, decodeText(entry.value), 'sending'));
  if (row === null) await store.commit({ checks: [{ key, version: entry.version }], deletes: [key] });
  return row;
}

/** The outbox id of the send in flight. */
export async function inFlightId(store: Store, address: SessionAddress): Promise<string | null> {
  const entry = await store.get(inFlightKey(address));
  return entry === null ? null : decodeText(entry.value);
}

/** The next queued send. Unreadable rows stay in the queue and are skipped. */
export async function headOf(store: Store, address: SessionAddress): Promise<OutboxRow | null> {
  for await (const { key } of scan(store, queuePrefix(address), { pageSize: 1 })) {
    const id = key.at(-1) ?? '';
    const row = await unlessUnreadable('unreadable', () => findOpenRow(store, address, id, 'queued'));
    if (row !== 'unreadable') return row;
  }
  return null;
}

/** Yields those of some chats that may be written to. */
export type ChatFilter = (chats: readonly string[]) => Promise<ReadonlySet<string>>;

/** The first queued send to a chat that may be written to. Reads no other sends, which may be large. */
export async function firstTo(store: Store, address: SessionAddress, admit: ChatFilter): Promise<OutboxRow | null> {
  for await (const page of scanPages(store, queuePrefix(address), { pageSize: chatsAtATime })) {
    const queued = await Promise.all(page.map((entry) => queuedSend(store, address, entry)));
    const admitted = await admit([...new Set(queued.map(({ chat }) => chat))]);
    for (const { id, chat } of queued) {
      if (!admitted.has(chat)) continue;
      const row = await unlessUnreadable(null, () => findOpenRow(store, address, id, 'queued'));
      if (row !== null) return row;
    }
  }
  return null;
}

async function queuedSend(store: Store, address: SessionAddress, entry: Entry): Promise<{ id: string; chat: string }> {
  const id = entry.key.at(-1) ?? '';
  const chat = await unlessUnreadable('', () => decodeText(entry.value));
  if (chat !== '') return { id, chat };
  const row = await unlessUnreadable(null, () => findOpenRow(store, address, id, 'queued'));
  return { id, chat: row === null ? '' : chatOf(row) };
}

/** How many sends are queued, and when the oldest was accepted (epoch milliseconds). */
export interface Backlog {
  depth: number;
  oldestAt: number | null;
}

/** Pages that are read for a backlog; entries after them are not counted. */
const maxBacklogPages = 100;

/**
 * The backlog of some sessions of an organization. Scans all queues of the organization, so that empty ones cost nothing.
 * `rest` is awaited between two pages.
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
