import * as v from 'valibot';
import { gatewayPartition } from '../../../domain/id-schemas.ts';
import { updateEntry } from '../../compare-and-set.ts';
import type { Key, Store } from '../../contract.ts';
import { keyIn } from '../../record-kinds.ts';
import { jsonCodec } from '../codec.ts';
import { recordsBelow } from '../record-scan.ts';

/**
 * How long a node counts as living after its last renewal, by the store's clock. After that other nodes may take over its
 * sessions, so it must have given them up before.
 */
export const leaseMs = 10_000;

const NodeSchema = v.object({
  /** Identifies one lifetime of a node: when its lease has expired, it comes back with another one. */
  incarnation: v.string(),
  /** Its name, for operators. */
  nodeId: v.string(),
  /**
   * `draining`: it hands its sessions over and is about to stop. An unknown state of a newer release counts as `draining`:
   * the node lives, and gets no sessions.
   */
  state: v.fallback(v.picklist(['running', 'draining']), 'draining'),
  /** Sessions that it owns. */
  sessions: v.number(),
  /** Encrypts messages to it. Absent: it is of an earlier release, which cannot decrypt them. */
  publicKey: v.exactOptional(v.string()),
});

export type Node = v.InferOutput<typeof NodeSchema>;

const codec = jsonCodec('node', NodeSchema);
/** The prefix of all leases. */
export const nodesPrefix = keyIn(gatewayPartition, 'node');

/**
 * How often a renewal is tried. It conflicts when the lease has expired, or when an earlier renewal that counted as
 * failed was applied after all.
 */
const maxRenewals = 5;

/** The leases of the living nodes. */
export interface NodeLeases {
  /** Begins a lease. */
  join(node: Node): Promise<void>;
  /** Renews a node's own lease. False when it has expired, which is final. */
  renew(node: Node): Promise<boolean>;
  leave(node: Node): Promise<void>;
  living(): Promise<Node[]>;
}

export function nodeLeases(store: Pick<Store, 'get' | 'list' | 'commit'>): NodeLeases {
  const set = (node: Node) => ({ key: keyOf(node), value: codec.encode(node), lifetimeMs: leaseMs });
  return {
    join: async (node) => {
      await store.commit({ sets: [set(node)] });
    },
    renew: async (node) => {
      const exhausted = () => new Error('a lease changed too often to be renewed');
      const renewal = { result: true, commit: { sets: [set(node)] } };
      return (await updateEntry(store, keyOf(node), () => renewal, { exhausted, attempts: maxRenewals })) ?? false;
    },
    leave: async (node) => {
      await store.commit({ deletes: [keyOf(node)] });
    },
    living: () => Array.fromAsync(recordsBelow(store, nodesPrefix, { decode: ({ value }) => codec.decode(value) })),
  };
}

function keyOf({ incarnation }: Node): Key {
  return [...nodesPrefix, incarnation];
}
