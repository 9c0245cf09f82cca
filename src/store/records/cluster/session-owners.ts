import * as v from 'valibot';
import type { SessionAddress } from '../../../domain/session.ts';
import type { CommitResult, Entry, Key, Store } from '../../contract.ts';
import { sessionKey } from '../../record-kinds.ts';
import { unlessUnreadable } from '../../unreadable-value.ts';
import { jsonCodec } from '../codec.ts';
import { stateKey } from '../sessions/session-states.ts';

const OwnerSchema = v.object({
  /** The node that owns the session, by its incarnation; null when it was released. */
  incarnation: v.nullable(v.string()),
  nodeId: v.nullable(v.string()),
  /** Grows with every change of the owner. */
  epoch: v.number(),
  /** The node that a released session is meant for, by incarnation. */
  heir: v.nullable(v.string()),
  /** When this was written, in epoch milliseconds by the writing node's clock. */
  at: v.number(),
});

/** Who owns a session. The record changes only when the owner does, so its version is the fence of the owner's writes. */
export type Owner = v.InferOutput<typeof OwnerSchema>;

/** An owner, and the version of its record. */
export interface OwnerEntry {
  owner: Owner;
  version: string;
}

/** A node that may own a session. */
export interface OwnerCandidate {
  incarnation: string;
  nodeId: string;
}

const codec = jsonCodec('owner of a session', OwnerSchema);

const noOwner: Owner = { incarnation: null, nodeId: null, epoch: 0, heir: null, at: 0 };

/** Who owns which session. */
export interface SessionOwners {
  find(address: SessionAddress): Promise<OwnerEntry | null>;
  /** The same for several sessions, in the given order. */
  findMany(addresses: readonly SessionAddress[]): Promise<(OwnerEntry | null)[]>;
  /**
   * Takes a session whose owner was found to be gone. Yields the version to fence with; null when another node was
   * faster.
   */
  acquire(address: SessionAddress, found: OwnerEntry | null, claimant: OwnerCandidate): Promise<string | null>;
  /** Releases a session, for `heir` if there is one. False when it is no longer owned under that version. */
  release(address: SessionAddress, version: string, heir: string | null): Promise<boolean>;
  /** Deletes the owner and the state of a deleted session. */
  forget(address: SessionAddress): Promise<void>;
}

export function sessionOwners(store: Store, now: () => number): SessionOwners {
  return {
    find: async (address) => toOwner(await store.get(ownerKey(address))),
    findMany: async (addresses) => Promise.all((await store.getMany(addresses.map(ownerKey))).map(toOwner)),
    acquire: async (address, found, claimant) => {
      // At least the time, so that an epoch that a failover of the store has lost is not given out again.
      const epoch = Math.max((found?.owner.epoch ?? 0) + 1, now());
      const result = await write(store, address, found?.version ?? null, { ...claimant, epoch, heir: null, at: now() });
      return result.ok ? result.version : null;
    },
    release: async (address, version, heir) => {
      const entry = await toOwner(await store.get(ownerKey(address)));
      if (entry === null || entry.version !== version) return false;
      const free = { incarnation: null, nodeId: null, epoch: entry.owner.epoch, heir, at: now() };
      return (await write(store, address, version, free)).ok;
    },
    forget: async (address) => {
      await store.commit({ deletes: [ownerKey(address), stateKey(address)] });
    },
  };
}

export function ownerKey(address: SessionAddress): Key {
  return sessionKey(address, 'owner');
}

function write(store: Store, address: SessionAddress, version: string | null, owner: Owner): Promise<CommitResult> {
  const key = ownerKey(address);
  return store.commit({
    checks: [{ key, version }],
    sets: [{ key, value: codec.encode(owner) }],
  });
}

/** An unreadable record counts as released. The next owner's version fences off the node that it may have named. */
async function toOwner(entry: Entry | null): Promise<OwnerEntry | null> {
  if (entry === null) return null;
  return { owner: await unlessUnreadable(noOwner, () => codec.decode(entry.value)), version: entry.version };
}
