import { gatewayPartition } from '../domain/id-schemas.ts';
import type { Codec } from './codec.ts';
import type { Key, Store } from './contract.ts';
import { unlessUnreadable } from './damage.ts';
import { keyIn } from './record-kinds.ts';

/** Letters that a node may have to read; older ones are dropped, and who wrote them gets no answer. */
const maxLetters = 10_000;

/** Where it is noted which boxes there are, and how many are looked at when a node starts. */
const notesPrefix = keyIn(gatewayPartition, 'mailbox');
const maxNotes = 1_000;

/** How long it is remembered who has taken a request; nobody takes one later than that. */
const claimMs = 120_000;

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** What nodes write to each other: a box for each name of a node. */
export interface Mail<L> {
  /** Notes that there is a box, so that it is emptied when its node does not come back. */
  open(nodeId: string): Promise<void>;
  /** Empties the boxes of all nodes but these. */
  clear(living: ReadonlySet<string>): Promise<void>;
  send(nodeId: string, letter: L): Promise<void>;
  /** The letters of a box from now on, until the signal aborts. Rejects when the store cannot be asked. */
  receive(nodeId: string, options: { after: string | null; signal: AbortSignal }): AsyncIterable<Delivered<L>>;
  /** Where a box ends now. */
  tail(nodeId: string): Promise<string | null>;
  /**
   * True for the first only who claims a request, to carry it out or to withdraw it. When that rejects it may have been
   * claimed all the same; the same claimant can ask again.
   */
  claim(askId: string, claimant: string): Promise<boolean>;
}

/** Letters, and the cursor behind them. */
interface Delivered<L> {
  letters: L[];
  cursor: string;
}

export function mail<L extends object>(store: Store, codec: Codec<L>): Mail<L> {
  return {
    open: async (nodeId) => {
      await store.commit({ sets: [{ key: noteKey(nodeId), value: new Uint8Array() }] });
    },
    clear: async (living) => {
      const notes = await store.list(notesPrefix, { limit: maxNotes });
      for (const { key } of notes) {
        const nodeId = key.at(-1);
        if (nodeId === undefined || living.has(nodeId)) continue;
        await store.commit({
          deletes: [key],
          appends: [{ log: boxKey(nodeId), value: new Uint8Array(), maxEntries: 0 }],
        });
      }
    },
    send: async (nodeId, letter) => {
      await store.commit({ appends: [{ log: boxKey(nodeId), value: codec.encode(letter), maxEntries: maxLetters }] });
    },
    receive: async function* (nodeId, { after, signal }) {
      for await (const { entries } of store.follow(boxKey(nodeId), { signal, ...(after !== null && { after }) })) {
        const last = entries.at(-1);
        if (last === undefined) continue;
        // One that is damaged, or that a newer release wrote, is passed over: who wrote it gets no answer.
        const letters = await Promise.all(
          entries.map((entry) => unlessUnreadable(null, () => codec.decode(entry.value))),
        );
        yield { letters: letters.filter((letter) => letter !== null), cursor: last.cursor };
      }
    },
    tail: (nodeId) => store.tail(boxKey(nodeId)),
    claim: async (askId, claimant) => {
      const key = keyIn(gatewayPartition, 'claimed-request', askId);
      const set = { key, value: encoder.encode(claimant), lifetimeMs: claimMs };
      if ((await store.commit({ checks: [{ key, version: null }], sets: [set] })).ok) return true;
      const earlier = await store.get(key);
      return earlier !== null && decoder.decode(earlier.value) === claimant;
    },
  };
}

function noteKey(nodeId: string): Key {
  return [...notesPrefix, nodeId];
}

function boxKey(nodeId: string): Key {
  return keyIn(gatewayPartition, 'mail', nodeId);
}
