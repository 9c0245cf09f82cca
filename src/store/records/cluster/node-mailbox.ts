import { gatewayPartition } from '../../../domain/id-schemas.ts';
import type { Entry, Key, Store } from '../../contract.ts';
import type { MailboxKeys } from '../../encryption/mailbox-keys.ts';
import { keyIn } from '../../record-kinds.ts';
import { unlessUnreadable } from '../../unreadable-value.ts';
import type { Codec } from '../codec.ts';
import { decodeText, encodeText } from '../text.ts';

/** Messages that a mailbox holds. Older ones are dropped, and their senders get no answer. */
const maxMessages = 10_000;

/** The prefix of the notes that name every mailbox, and how many of them one `tidy` reads. */
const notesPrefix = keyIn(gatewayPartition, 'mailbox');
const maxNotes = 1_000;

/** How long a claim is stored; a request is never claimed later than that. */
const claimMs = 120_000;

/** The first byte of an unencrypted message, which is JSON. */
const openingBrace = 0x7b;

/** Messages between nodes: a mailbox for each node name. */
export interface NodeMailbox<L> {
  /**
   * Notes that this node has a mailbox, so that others empty it when the node does not come back, and empties the
   * mailboxes of nodes that are not living, by their names.
   */
  tidy(nodeId: string, living: () => Promise<ReadonlySet<string>>): Promise<void>;
  /** Appends a message to a mailbox, encrypted for the process with the public key; as JSON when it has none. */
  send(to: { nodeId: string; publicKey: string | null }, message: L): Promise<void>;
  /** The messages of a mailbox after a cursor, until the signal aborts. Rejects when the store is unavailable. */
  receive(nodeId: string, options: { after: string | null; signal: AbortSignal }): AsyncIterable<Delivered<L>>;
  /** Deletes the messages of a mailbox up to and including the cursor. */
  trim(nodeId: string, through: string): Promise<void>;
  /** The cursor of the newest message. */
  tail(nodeId: string): Promise<string | null>;
  /**
   * True only for the first claimant of a request, which executes or cancels it. When this rejects, the claim may still
   * have been stored; the same claimant can try again.
   */
  claim(askId: string, claimant: string): Promise<boolean>;
}

/** Messages, and the cursor of the last one. */
interface Delivered<L> {
  messages: L[];
  cursor: string;
}

export function nodeMailbox<L extends object>(store: Store, codec: Codec<L>, keys: MailboxKeys): NodeMailbox<L> {
  return {
    tidy: async (nodeId, living) => {
      await store.commit({ sets: [{ key: noteKey(nodeId), value: new Uint8Array() }] });
      // A process that starts after this read writes the note of its node again, with another version.
      const notes = await store.list(notesPrefix, { limit: maxNotes });
      // Read before it is known who lives: what is sent to a node that joins later stays.
      const mailboxes = await Promise.all(notes.map((note) => mailboxOf(store, note)));
      const names = await living();
      for (const mailbox of mailboxes) if (!names.has(mailbox.nodeId)) await emptyMailbox(store, mailbox);
    },
    send: async ({ nodeId, publicKey }, message) => {
      const encoded = codec.encode(message);
      const value = publicKey === null ? encoded : keys.encrypt(publicKey, encoded);
      await store.commit({ appends: [{ log: mailboxLog(nodeId), value, maxEntries: maxMessages }] });
    },
    receive: async function* (nodeId, { after, signal }) {
      for await (const { entries } of store.follow(mailboxLog(nodeId), { signal, ...(after !== null && { after }) })) {
        const last = entries.at(-1);
        if (last === undefined) continue;
        // Unreadable messages, and those of a newer release, are skipped: their senders get no answer.
        const messages = await Promise.all(
          entries.map((entry) => unlessUnreadable(null, () => codec.decode(decrypted(entry.value, keys)))),
        );
        yield { messages: messages.filter((message) => message !== null), cursor: last.cursor };
      }
    },
    trim: async (nodeId, through) => {
      await store.commit({ trims: [{ log: mailboxLog(nodeId), through }] });
    },
    tail: (nodeId) => store.tail(mailboxLog(nodeId)),
    claim: async (askId, claimant) => {
      const key = keyIn(gatewayPartition, 'claimed-request', askId);
      const set = { key, value: encodeText(claimant), lifetimeMs: claimMs };
      if ((await store.commit({ checks: [{ key, version: null }], sets: [set] })).ok) return true;
      const earlier = await store.get(key);
      return earlier !== null && decodeText(earlier.value) === claimant;
    },
  };
}

interface Mailbox {
  nodeId: string;
  note: Entry;
  /** Where it ended when it was looked at; null when it was empty. */
  through: string | null;
}

async function mailboxOf(store: Store, note: Entry): Promise<Mailbox> {
  const nodeId = note.key.at(-1) ?? '';
  return { nodeId, note, through: await store.tail(mailboxLog(nodeId)) };
}

/** Empties a mailbox as far as it was looked at and deletes its note, unless that has changed. */
async function emptyMailbox(store: Store, { nodeId, note, through }: Mailbox): Promise<void> {
  const { key, version } = note;
  const trims = through === null ? [] : [{ log: mailboxLog(nodeId), through }];
  await store.commit({ checks: [{ key, version }], deletes: [key], trims });
}

/** A message in plaintext, whether it was encrypted or not. */
function decrypted(value: Uint8Array, keys: MailboxKeys): Uint8Array {
  return value[0] === openingBrace ? value : keys.decrypt(value);
}

function noteKey(nodeId: string): Key {
  return [...notesPrefix, nodeId];
}

function mailboxLog(nodeId: string): Key {
  return keyIn(gatewayPartition, 'mail', nodeId);
}
