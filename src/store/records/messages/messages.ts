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

/** Ids are chosen by senders, so that messages of several may have the same. So many are kept. */
export const maxNamesakes = 8;

/** Messages that were sent and received, by WhatsApp's id. */
export interface Messages {
  /** After how long the messages of a chat with a person disappear; null when they stay, as far as is known. */
  timerOf(address: SessionAddress, chat: string): Promise<ChatTimer | null>;
  /**
   * Null for a message that is not kept, or is unreadable. Of several with the same id, the first for which `isMeant` holds,
   * else the first.
   */
  find(
    address: SessionAddress,
    id: string,
    isMeant?: (message: StoredMessage) => boolean,
  ): Promise<StoredMessage | null>;
}

export function messages(store: Store): Messages {
  return {
    find: async (address, id, isMeant = () => true) => {
      const first = await messageAt(store, address, id, 0);
      if (first !== null && isMeant(first)) return first;
      const places = Array.from({ length: maxNamesakes - 1 }, (_, index) => index + 1);
      const others = await Promise.all(places.map((place) => messageAt(store, address, id, place)));
      const kept = others.filter((message) => message !== null);
      return kept.find(isMeant) ?? first ?? kept[0] ?? null;
    },
    timerOf: (address, chat) => findTimer(store, address, chat),
  };
}

async function messageAt(
  store: Store,
  address: SessionAddress,
  id: string,
  place: number,
): Promise<StoredMessage | null> {
  const entry = await store.get(messageKey(address, id, place));
  return entry === null ? null : unlessUnreadable(null, () => decodeMessage(entry.value));
}

export function decodeMessage(value: Uint8Array): StoredMessage {
  return codec.decode(value);
}

/** The entry of a message, for a commit. */
export function messageEntry(address: SessionAddress, message: StoredMessage, now: number, place = 0): SetEntry {
  const retentionMs = message.fromMe ? ownRetentionMs : receivedRetentionMs;
  return { key: messageKey(address, message.id, place), value: codec.encode(message), expiresAt: now + retentionMs };
}

/** When everything that is stored now has expired, in epoch milliseconds. */
export function keptUntil(now: number): number {
  return now + Math.max(ownRetentionMs, receivedRetentionMs);
}

/** One key per id, so that a message that arrives again is recognised. `place`: among the messages with that id, from 0. */
export function messageKey(address: SessionAddress, id: string, place = 0): Key {
  return sessionKey(address, 'message', id, ...(place === 0 ? [] : [String(place)]));
}
