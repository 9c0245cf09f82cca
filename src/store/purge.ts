import type { SessionAddress } from '../domain/session.ts';
import type { Key, Store } from './contract.ts';
import type { GatewayStore } from './gateway-store.ts';
import { stateKey } from './states.ts';

/** Everything that is kept of a session beside its record and its credentials. Its events stay in the log. */
const kinds = ['queue', 'outbox', 'outbox-by-message', 'message', 'received', 'group'] as const;

/** Entries deleted in one commit. */
const batchSize = 500;

/** Deletes what is kept of a deleted session, and the key that it was sealed with. Repeating it is the same as once. */
export async function purge(store: GatewayStore, { organization, session }: SessionAddress): Promise<void> {
  for (const kind of kinds) await purgeBelow(store, [organization, kind, session]);
  await store.commit({
    deletes: [
      [organization, 'in-flight', session],
      [organization, 'rate', session],
      stateKey({ organization, session }),
      [organization, 'received-count', session],
    ],
  });
  await store.shred({ organization, session }, 'rest');
}

async function purgeBelow(store: Store, prefix: Key): Promise<void> {
  for (;;) {
    const entries = await store.list(prefix, { limit: batchSize });
    if (entries.length === 0) return;
    await store.commit({ deletes: entries.map(({ key }) => key) });
  }
}
