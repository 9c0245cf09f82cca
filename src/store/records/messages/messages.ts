import type { ChatTimer } from '../../../domain/chat-timer.ts';
import { type StoredMessage, StoredMessageSchema } from '../../../domain/message.ts';
import type { SessionAddress } from '../../../domain/session.ts';
import type { Key, SetEntry, Store } from '../../contract.ts';
import { sessionKey } from '../../record-kinds.ts';
import { unlessUnreadable } from '../../unreadable-value.ts';
import { jsonCodec } from '../codec.ts';
import { findTimer } from './chat-timers.ts';

const codec = jsonCodec('message', StoredMessageSchema);

const dayMs = 24 * 60 * 60 * 1000;

/**
 * How long a message can be quoted, and our own edited. The amount of received messages is unbounded, so they are kept
 * shorter, and no more of them than `received-limits.ts` allows.
 */
const ownRetentionMs = 7 * dayMs;
const receivedRetentionMs = 3 * dayMs;

/** Messages that were sent and received, by WhatsApp's id. */
export interface Messages {
  /** Null for a message that is not kept, or is unreadable. */
  find(address: SessionAddress, id: string): Promise<StoredMessage | null>;
  /** After how long the messages of a chat with a person disappear; null when they stay, as far as is known. */
  timerOf(address: SessionAddress, chat: string): Promise<ChatTimer | null>;
}

export function messages(store: Store): Messages {
  return {
    find: async (address, id) => {
      const entry = await store.get(messageKey(address, id));
      return entry === null ? null : unlessUnreadable(null, () => codec.decode(entry.value));
    },
    timerOf: (address, chat) => findTimer(store, address, chat),
  };
}

/** The entry of a message, for a commit. */
export function messageEntry(address: SessionAddress, message: StoredMessage, now: number): SetEntry {
  const retentionMs = message.fromMe ? ownRetentionMs : receivedRetentionMs;
  return { key: messageKey(address, message.id), value: codec.encode(message), expiresAt: now + retentionMs };
}

/** When everything that is stored now has expired, in epoch milliseconds. */
export function keptUntil(now: number): number {
  return now + Math.max(ownRetentionMs, receivedRetentionMs);
}

/** One key per id, so that a message that arrives again is recognised. */
export function messageKey(address: SessionAddress, id: string): Key {
  return sessionKey(address, 'message', id);
}
