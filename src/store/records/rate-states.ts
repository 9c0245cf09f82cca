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

/** A session's token buckets, for the commit that takes a token: a restart does not refill them. */
export function rateEntry(address: SessionAddress, state: RateState): SetEntry {
  return { key: keyOf(address), value: codec.encode(state) };
}

/** Null for a session that has never sent, or whose buckets are unreadable: it may send, and full ones are stored. */
export async function findRate(store: Store, address: SessionAddress): Promise<RateState | null> {
  const entry = await store.get(keyOf(address));
  return entry === null ? null : unlessUnreadable(null, () => codec.decode(entry.value));
}
