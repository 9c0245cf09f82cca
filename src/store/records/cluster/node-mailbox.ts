import { gatewayPartition } from '../../../domain/id-schemas.ts';
import type { Entry, Key, Store } from '../../contract.ts';
import type { MailboxKeys } from '../../encryption/mailbox-keys.ts';
import { keyIn } from '../../record-kinds.ts';
import { unlessUnreadable } from '../../unreadable-value.ts';
import type { Codec } from '../codec.ts';
import { decodeText, encodeText } from '../text.ts';

/** Letters that a node may have to read. Older ones are dropped, and those who wrote them get no answer. */
const maxLetters = 10_000;

/** Where it is noted which boxes there are, and how many of those are looked through at a time. */
const notesPrefix = keyIn(gatewayPartition, 'mailbox');
const maxNotes = 1_000;

/** How long it is remembered who has taken a request; nobody takes one later than that. */
const claimMs = 120_000;

/** What begins a letter that is not sealed: that is JSON. */
const openingBrace = 0x7b;

/** What nodes write to each other: a box for each name of a node. */
export interface NodeMailbox<L> {
  /**
   * Notes that this node has a box, so that the others empty it when the node does not come back, and empties those of
   * nodes that are not among the living, by their names.
   */
  tidy(nodeId: string, living: () => Promise<ReadonlySet<string>>): Promise<void>;
  /** Puts a letter into a box, sealed for the process that has the public key; in JSON when that has none. */
  send(to: { nodeId: string; publicKey: string | null }, letter: L): Promise<void>;
  /** The letters of a box from now on, until the signal aborts. Rejects when the store cannot be asked. */
  receive(nodeId: string, options: { after: string | null; signal: AbortSignal }): AsyncIterable<Delivered<L>>;
  /** Deletes the letters of a box up to and including the cursor. */
  trim(nodeId: string, through: string): Promise<void>;
  /** Where a box ends now. */
  tail(nodeId: string): Promise<string | null>;
  /**
   * True for the first only who claims a request, to carry it out or to withdraw it. When that rejects it may have been
   * claimed all the same; the same claimant can ask again.
   */
  claim(askId: string, claimant: string): Promise<boolean>;
}

/** Letters, and the cursor of the last one. */
interface Delivered<L> {
  letters: L[];
  cursor: string;
}

export function nodeMailbox<L extends object>(store: Store, codec: Codec<L>, keys: MailboxKeys): NodeMailbox<L> {
  return {
    tidy: async (nodeId, living) => {
      await store.commit({ sets: [{ key: noteKey(nodeId), value: new Uint8Array() }] });
      // A node that begins to live after this was read notes its box again, under another version.
      const notes = await store.list(notesPrefix, { limit: maxNotes });
      const names = await living();
      for (const note of notes) if (!names.has(note.key.at(-1) ?? '')) await empty(store, note);
    },
    send: async ({ nodeId, publicKey }, letter) => {
      const encoded = codec.encode(letter);
      const value = publicKey === null ? encoded : keys.encrypt(publicKey, encoded);
      await store.commit({ appends: [{ log: boxKey(nodeId), value, maxEntries: maxLetters }] });
    },
    receive: async function* (nodeId, { after, signal }) {
      for await (const { entries } of store.follow(boxKey(nodeId), { signal, ...(after !== null && { after }) })) {
        const last = entries.at(-1);
        if (last === undefined) continue;
        // One that is unreadable, or that a newer release wrote, is passed over: who wrote it gets no answer.
        const letters = await Promise.all(
          entries.map((entry) => unlessUnreadable(null, () => codec.decode(opened(entry.value, keys)))),
        );
        yield { letters: letters.filter((letter) => letter !== null), cursor: last.cursor };
      }
    },
    trim: async (nodeId, through) => {
      await store.commit({ trims: [{ log: boxKey(nodeId), through }] });
    },
    tail: (nodeId) => store.tail(boxKey(nodeId)),
    claim: async (askId, claimant) => {
      const key = keyIn(gatewayPartition, 'claimed-request', askId);
      const set = { key, value: encodeText(claimant), lifetimeMs: claimMs };
      if ((await store.commit({ checks: [{ key, version: null }], sets: [set] })).ok) return true;
      const earlier = await store.get(key);
      return earlier !== null && decodeText(earlier.value) === claimant;
    },
  };
}

/** Empties a box and forgets its note, unless that has changed. */
async function empty(store: Store, { key, version }: Entry): Promise<void> {
  const box = boxKey(key.at(-1) ?? '');
  const through = await store.tail(box);
  const trims = through === null ? [] : [{ log: box, through }];
  await store.commit({ checks: [{ key, version }], deletes: [key], trims });
}

/** A letter as it was before it was sealed, if it is. */
function opened(value: Uint8Array, keys: MailboxKeys): Uint8Array {
  return value[0] === openingBrace ? value : keys.decrypt(value);
}

function noteKey(nodeId: string): Key {
  return [...notesPrefix, nodeId];
}

function boxKey(nodeId: string): Key {
  return keyIn(gatewayPartition, 'mail', nodeId);
}
