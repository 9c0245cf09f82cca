import * as v from 'valibot';
import type { SessionAddress } from '../../../domain/session.ts';
import type { Commit, Entry, Key, SetEntry, Store } from '../../contract.ts';
import { sessionKey } from '../../record-kinds.ts';
import { unlessUnreadable } from '../../unreadable-value.ts';
import { jsonCodec } from '../codec.ts';
import { messageKey } from './messages.ts';

/** Limits of the received messages that are kept for a session; the oldest are deleted first. */
export interface ReceivedLimits {
  messages: number;
  bytes: number;
}

/**
 * A busy number receives a few thousand messages in the three days that they can be quoted, mostly of some hundred bytes.
 * Redis has them in memory: a thousand flooded sessions take at most 8 GiB of it, plus keys.
 */
export const defaultReceivedLimits: ReceivedLimits = { messages: 10_000, bytes: 8 * 1024 * 1024 };

/**
 * How many of the oldest messages are read to make room for one: few are enough unless it is large. What still exceeds
 * the limits is deleted with the next message.
 */
const fewOldest = 4;
const manyOldest = 200;

/** How many messages, and bytes, a session has received up to some point. */
const PointSchema = v.object({ messages: v.number(), bytes: v.number() });

type Point = v.InferOutput<typeof PointSchema>;

const points = jsonCodec(
  'count of received messages',
  /** `received`: all so far; `gone`: those that are known to be deleted. */
  v.object({ received: PointSchema, gone: PointSchema }),
);

/** A received message in the order of arrival, with what had been received before it. */
const slots = jsonCodec(
  'place of a received message',
  v.object({ id: v.string(), place: v.optional(v.number(), 0), before: PointSchema }),
);

type Slot = { key: Key; id: string; place: number; before: Point } | { key: Key; id: null; before: null };

/** What a commit needs to store one more received message. */
type Room = Required<Pick<Commit, 'checks' | 'sets' | 'deletes'>>;

/**
 * Makes room for a received message. `entry`: how it is stored; nothing that was received before is kept after
 * `keptUntil`. Takes one read, or more when a limit is exceeded.
 */
export async function roomFor(
  store: Store,
  address: SessionAddress,
  message: { id: string; place: number; entry: SetEntry; keptUntil: number },
  limits: ReceivedLimits,
): Promise<Room> {
  const { id, place, entry, keptUntil } = message;
  const { version, received: before, gone } = await countOf(store, address);
  const received = { messages: before.messages + 1, bytes: before.bytes + entry.value.length };
  const exceeds = (without: Point): boolean =>
    received.messages - without.messages > limits.messages || received.bytes - without.bytes > limits.bytes;
  const dropped = exceeds(gone)
    ? await oldestOf(store, address, { id, place, before, exceeds })
    : { gone, deletes: [] };
  return {
    checks: [{ key: countKey(address), version }],
    sets: [
      { ...entry, key: slotKey(address, before.messages), value: slots.encode({ id, place, before }) },
      { key: countKey(address), value: points.encode({ received, gone: dropped.gone }), expiresAt: keptUntil },
    ],
    deletes: dropped.deletes,
  };
}

const nothing: Point = { messages: 0, bytes: 0 };

/** An unreadable count starts again at zero: the messages that it counted expire by themselves. */
async function countOf(store: Store, address: SessionAddress) {
  const entry = await store.get(countKey(address));
  const none = { received: nothing, gone: nothing };
  const count = entry === null ? none : await unlessUnreadable(none, () => points.decode(entry.value));
  return { ...count, version: entry?.version ?? null };
}

/** The oldest messages, as many as must be deleted. */
async function oldestOf(
  store: Store,
  address: SessionAddress,
  { id, place, before, exceeds }: { id: string; place: number; before: Point; exceeds: (gone: Point) => boolean },
): Promise<{ gone: Point; deletes: Key[] }> {
  let oldest = await slotsOf(store, address, fewOldest);
  if (exceeds(oldest.at(-1)?.before ?? before)) oldest = await slotsOf(store, address, manyOldest);
  const deletes: Key[] = [];
  let gone = oldest.find((slot) => slot.before !== null)?.before ?? before;
  for (const [at, slot] of oldest.entries()) {
    if (!exceeds(gone)) break;
    // Not the message itself, when it is delivered again: its commit detects that.
    const isOther = slot.id !== null && (slot.id !== id || slot.place !== place);
    deletes.push(slot.key, ...(isOther ? [messageKey(address, slot.id, slot.place)] : []));
    // After the last one that was read there may be more, so it still counts.
    gone = oldest[at + 1]?.before ?? gone;
  }
  return { gone, deletes };
}

async function slotsOf(store: Store, address: SessionAddress, limit: number): Promise<Slot[]> {
  return Promise.all((await store.list(slotPrefix(address), { limit })).map(slotOf));
}

/** The message of an unreadable slot expires by itself. */
function slotOf(entry: Entry): Promise<Slot> {
  const { key } = entry;
  return unlessUnreadable<Slot, Slot>({ key, id: null, before: null }, () => ({ key, ...slots.decode(entry.value) }));
}

function countKey(address: SessionAddress): Key {
  return sessionKey(address, 'received-count');
}

function slotPrefix(address: SessionAddress): Key {
  return sessionKey(address, 'received');
}

function slotKey(address: SessionAddress, position: number): Key {
  return sessionKey(address, 'received', String(position).padStart(16, '0'));
}
