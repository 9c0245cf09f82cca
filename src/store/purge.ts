import type { SessionAddress } from '../domain/session.ts';
import type { Key, Store } from './contract.ts';
import type { GatewayStore } from './gateway-store.ts';
import { kindsOfPart, type PartOfSession } from './record-kinds.ts';

/** Entries deleted in one commit. */
const batchSize = 500;

/** Deletes a part of a session, and the key that it was sealed with. Repeating it is the same as once. */
export async function purge(store: GatewayStore, address: SessionAddress, part: PartOfSession): Promise<void> {
  const { organization, session } = address;
  const kinds = kindsOfPart(part);
  const single = kinds.filter(({ perSession }) => perSession === 'one');
  // First what leads to the rest: without it, the rest is not found any more.
  await store.commit({ deletes: single.map(({ kind }): Key => [organization, kind, session]) });
  for (const { kind, perSession } of kinds)
    if (perSession === 'many') await purgeBelow(store, [organization, kind, session]);
  await store.shred(address, part);
}

async function purgeBelow(store: Store, prefix: Key): Promise<void> {
  for (;;) {
    const entries = await store.list(prefix, { limit: batchSize });
    if (entries.length === 0) return;
    await store.commit({ deletes: entries.map(({ key }) => key) });
  }
}
