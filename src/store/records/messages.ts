import { type StoredMessage, StoredMessageSchema } from '../../domain/message.ts';
import type { SessionAddress } from '../../domain/session.ts';
import type { Key, SetEntry, Store } from '../contract.ts';
import { sessionKey } from '../record-kinds.ts';
import { unlessUnreadable } from '../unreadable-value.ts';
import { jsonCodec } from './codec.ts';

const codec = jsonCodec('message', StoredMessageSchema);

const dayMs = 24 * 60 * 60 * 1000;

/**
 * How long a message can be quoted, and our own edited. What others write comes in any amount, so it is kept
 * shorter, and no more of it than `received-limits.ts` says.
 */
const ownRetentionMs = 7 * dayMs;
const receivedRetentionMs = 3 * dayMs;

/** Messages that were sent and received, by WhatsApp's id. */
export interface Messages {
  /** Null for a message that is not kept, or not any more: one that is damaged is as good as none. */
  find(address: SessionAddress, id: string): Promise<StoredMessage | null>;
}

export function messages(store: Store): Messages {
  return {
    find: async (address, id) => {
      const entry = await store.get(messageKey(address, id));
      return entry === null ? null : unlessUnreadable(null, () => codec.decode(entry.value));
    },
  };
}

/** A message to be stored with what it belongs to. */
export function messageEntry(address: SessionAddress, message: StoredMessage, now: number): SetEntry {
  const retentionMs = message.fromMe ? ownRetentionMs : receivedRetentionMs;
  return { key: messageKey(address, message.id), value: codec.encode(message), expiresAt: now + retentionMs };
}

/** Until when, at most, anything is kept that is stored now. */
export function keptUntil(now: number): number {
  return now + Math.max(ownRetentionMs, receivedRetentionMs);
}

/** One key for each id, so that a message that arrives again is recognised. */
export function messageKey(address: SessionAddress, id: string): Key {
  return sessionKey(address, 'message', id);
}
