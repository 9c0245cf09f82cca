import { type RateState, RateStateSchema } from '../../domain/rate.ts';
import type { SessionAddress } from '../../domain/session.ts';
import type { Key, SetEntry, Store } from '../contract.ts';
import { sessionKey } from '../record-kinds.ts';
import { unlessUnreadable } from '../unreadable-value.ts';
import { jsonCodec } from './codec.ts';

const codec = jsonCodec('rate state', RateStateSchema);

function keyOf(address: SessionAddress): Key {
  return sessionKey(address, 'rate');
}

/** A session's buckets, to be stored in the commit that takes a token: a restart never refills them. */
export function rateEntry(address: SessionAddress, state: RateState): SetEntry {
  return { key: keyOf(address), value: codec.encode(state) };
}

/** Null for a session that has never sent, or whose buckets are damaged: it may send, and they are stored anew. */
export async function findRate(store: Store, address: SessionAddress): Promise<RateState | null> {
  const entry = await store.get(keyOf(address));
  return entry === null ? null : unlessUnreadable(null, () => codec.decode(entry.value));
}
