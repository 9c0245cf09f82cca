import * as v from 'valibot';
import { gatewayPartition } from '../../../domain/id-schemas.ts';
import { updateEntry } from '../../compare-and-set.ts';
import type { Key, Store } from '../../contract.ts';
import { keyIn } from '../../record-kinds.ts';
import { jsonCodec } from '../codec.ts';
import { recordsBelow } from '../record-scan.ts';

/**
 * How long a node counts as living after it was last heard of, by the store's clock. What it owns may be taken over
 * from then on, so it must have let go before.
 */
export const leaseMs = 10_000;

const NodeSchema = v.object({
  /** One life of a node: a node that was away for longer than its lease comes back as another one. */
  incarnation: v.string(),
  /** Its name, for people. */
  nodeId: v.string(),
  /**
   * Whether it takes sessions; `draining`: it gives them away and is about to end. What a newer release calls otherwise
   * lives, and is given none.
   */
  state: v.fallback(v.picklist(['running', 'draining']), 'draining'),
  /** Sessions that it owns. */
  sessions: v.number(),
  /** With which letters to it are sealed. Absent: it is of an earlier release, which cannot open sealed ones. */
  publicKey: v.exactOptional(v.string()),
});

export type Node = v.InferOutput<typeof NodeSchema>;

const codec = jsonCodec('node', NodeSchema);
/** Where the leases lie. */
export const nodesPrefix = keyIn(gatewayPartition, 'node');

/**
 * How often a renewal is tried. It conflicts when the lease has expired, or when an earlier renewal that counted as
 * failed was applied after all.
 */
const maxRenewals = 5;

/** The nodes that live, each with its lease. */
export interface NodeLeases {
  /** Begins a lease. */
  join(node: Node): Promise<void>;
  /** Begins the lease of a node again. False when it has run out, which is for good. Only the node itself may do so. */
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
