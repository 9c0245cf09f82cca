import * as v from 'valibot';
import { type ChatTimer, ChatTimerSchema, type SeenTimer } from '../../../domain/chat-timer.ts';
import type { SessionAddress } from '../../../domain/session.ts';
import type { Key, SetEntry, Store } from '../../contract.ts';
import { sessionKey } from '../../record-kinds.ts';
import { unlessUnreadable } from '../../unreadable-value.ts';
import { jsonCodec } from '../codec.ts';

/** `seenAt`: the time of the message that told it, in epoch milliseconds. */
const codec = jsonCodec('chat timer', v.looseObject({ timer: ChatTimerSchema, seenAt: v.number() }));

const dayMs = 24 * 60 * 60 * 1000;

/** How long a chat's timer is kept without a message that tells it; that is as long as WhatsApp's longest timer. */
const retentionMs = 90 * dayMs;

/** Null for a chat whose messages stay, as far as is known. */
export async function findTimer(store: Store, address: SessionAddress, chat: string): Promise<ChatTimer | null> {
  const { timer = null } = (await findRecord(store, address, chat)) ?? {};
  return timer === null || timer.seconds === 0 ? null : timer;
}

/**
 * Stores the timer of a chat, unless a later message has told another. One that stays the same is stored once a day, and that
 * messages stay only where they did not: most chats have no record.
 */
export async function storeTimer(store: Store, address: SessionAddress, seen: SeenTimer, now: number): Promise<void> {
  const sets = (await Promise.all(seen.chats.map((chat) => entryFor(store, address, chat, seen, now)))).flat();
  if (sets.length > 0) await store.commit({ sets });
}

async function entryFor(
  store: Store,
  address: SessionAddress,
  chat: string,
  { timer, timestamp }: SeenTimer,
  now: number,
): Promise<SetEntry[]> {
  const before = await findRecord(store, address, chat);
  const isKnown =
    before === null ? timer.seconds === 0 : isSame(before.timer, timer) && timestamp - before.seenAt < dayMs;
  if (isKnown || (before !== null && before.seenAt > timestamp)) return [];
  return [
    { key: keyOf(address, chat), value: codec.encode({ timer, seenAt: timestamp }), expiresAt: now + retentionMs },
  ];
}

function isSame(one: ChatTimer, other: ChatTimer): boolean {
  return one.seconds === other.seconds && (other.setAt === undefined || one.setAt === other.setAt);
}

async function findRecord(store: Store, address: SessionAddress, chat: string) {
  const entry = await store.get(keyOf(address, chat));
  return entry === null ? null : unlessUnreadable(null, () => codec.decode(entry.value));
}

function keyOf(address: SessionAddress, chat: string): Key {
  return sessionKey(address, 'chat-timer', chat);
}
