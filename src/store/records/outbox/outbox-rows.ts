import { presentContact, publicJid } from '../../../domain/contact.ts';
import type { GatewayEvent } from '../../../domain/event.ts';
import { type OutboxRow, OutboxRowSchema, recipientOf } from '../../../domain/outbox.ts';
import type { SessionAddress } from '../../../domain/session.ts';
import type { Entry, Key, SetEntry, Store } from '../../contract.ts';
import { sessionKey } from '../../record-kinds.ts';
import { jsonCodec } from '../codec.ts';
import { firstBelow } from '../record-scan.ts';
import { decodeText, encodeText } from '../text.ts';

const codec = jsonCodec('outbox row', OutboxRowSchema, (row) =>
  row.content.type === 'unsupported' ? { ...row, content: row.content.stored } : row,
);

/** How long the row of a settled send is kept. Open ones never expire. */
const retentionMs = 7 * 24 * 60 * 60 * 1000;

export function rowKey(address: SessionAddress, outboxId: string): Key {
  return sessionKey(address, 'outbox', outboxId);
}

/** The index entry of a send by its WhatsApp id. */
function indexKey(address: SessionAddress, waMessageId: string): Key {
  return sessionKey(address, 'outbox-by-message', waMessageId);
}

/** The entry of a row, without its index entry. */
export function rowEntry(row: OutboxRow): SetEntry {
  return { key: rowKey(row, row.id), value: codec.encode(row) };
}

/** The row of an open send, and its index entry. */
export function openEntries(row: OutboxRow): SetEntry[] {
  return [rowEntry(row), { key: indexKey(row, row.waMessageId), value: encodeText(row.id) }];
}

/** The same for a settled send: they expire. */
export function settledEntries(row: OutboxRow, now: number): SetEntry[] {
  return openEntries(row).map((entry) => ({ ...entry, expiresAt: now + retentionMs }));
}

export function decodeRow(entry: Entry): OutboxRow {
  return codec.decode(entry.value);
}

export async function findRow(store: Store, address: SessionAddress, outboxId: string): Promise<OutboxRow | null> {
  const entry = await store.get(rowKey(address, outboxId));
  return entry === null ? null : decodeRow(entry);
}

/** Unreadable rows are left out. */
export async function listRows(store: Store, address: SessionAddress, page: { after?: string; limit: number }) {
  const prefix = sessionKey(address, 'outbox');
  const after = page.after === undefined ? {} : { after: rowKey(address, page.after) };
  return firstBelow(store, prefix, page.limit, { decode: decodeRow, ...after });
}

/** The outbox id of a send by its WhatsApp id; null for a message that is not ours or no longer kept. */
export async function findRowId(store: Store, address: SessionAddress, waMessageId: string): Promise<string | null> {
  const entry = await store.get(indexKey(address, waMessageId));
  return entry === null ? null : decodeText(entry.value);
}

/** The event for a send that has reached a status. A resend may show up as a second copy. */
export function statusEvent(row: OutboxRow, resent = false): GatewayEvent {
  const { id, waMessageId, to, status, timestamp, error, session, traceId } = row;
  const recipient = recipientOf(row);
  return {
    event: 'message.status',
    session,
    timestamp,
    payload: {
      outboxId: id,
      waMessageId,
      to,
      chatJid: publicJid(recipient),
      chat: presentContact(recipient),
      status,
      timestamp,
      ...(error !== null && { error: { code: error.code, message: error.message } }),
      ...(resent && { possibleDuplicate: true }),
      ...(traceId !== null && { traceId }),
    },
  };
}
