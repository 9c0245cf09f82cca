import { isSettled } from '../../../domain/outbox.ts';
import type { SessionAddress } from '../../../domain/session.ts';
import type { Entry, Key, SetEntry, Store } from '../../contract.ts';
import type { GatewayStore } from '../../gateway-store.ts';
import { kindsOfPart, type PartOfSession } from '../../record-kinds.ts';
import { unlessUnreadable } from '../../unreadable-value.ts';
import { findClaim, releasedClaimEntry } from '../outbox/idempotency.ts';
import { openRowOf } from '../outbox/outbox-salvage.ts';

/** Entries deleted in one commit. */
const batchSize = 500;

/** Deletes a part of a session and its data key. Idempotent. */
export async function deleteSessionData(
  store: GatewayStore,
  address: SessionAddress,
  part: PartOfSession,
): Promise<void> {
  const { organization, session } = address;
  const kinds = kindsOfPart(part);
  const single = kinds.filter(({ perSession }) => perSession === 'one');
  // First the entries that lead to the others, which then cannot be found any more.
  await store.commit({ deletes: single.map(({ kind }): Key => [organization, kind, session]) });
  for (const { kind, perSession } of kinds) if (perSession === 'many') await deleteBelow(store, address, kind);
  await store.shred(address, part);
}

async function deleteBelow(store: Store, address: SessionAddress, kind: string): Promise<void> {
  for (;;) {
    const entries = await store.list([address.organization, kind, address.session], { limit: batchSize });
    if (entries.length === 0) return;
    const sets = kind === 'outbox' ? await releasedClaims(store, address, entries) : [];
    await store.commit({ sets, deletes: entries.map(({ key }) => key) });
  }
}

/** Idempotency keys of sends that were not settled: nothing else would let them expire. */
async function releasedClaims(store: Store, address: SessionAddress, rows: readonly Entry[]): Promise<SetEntry[]> {
  const released = await Promise.all(
    rows.map((entry) => unlessUnreadable(null, () => releasedClaim(store, address, entry))),
  );
  return released.filter((set) => set !== null);
}

async function releasedClaim(store: Store, address: SessionAddress, entry: Entry): Promise<SetEntry | null> {
  const row = await openRowOf(address, entry.key.at(-1) ?? '', 'queued', entry);
  if (row.idempotency === null || isSettled(row)) return null;
  const claim = await findClaim(store, address.organization, row.idempotency);
  return claim?.outboxId === row.id ? releasedClaimEntry(address.organization, row.idempotency, claim) : null;
}
