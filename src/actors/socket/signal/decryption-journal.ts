import { createHash } from 'node:crypto';
import {
  type BinaryNode,
  type Contact,
  decodeMessageNode,
  type SignalRepositoryWithLIDStore,
  type WAMessageKey,
} from '@whiskeysockets/baileys';
import { LRUCache } from 'lru-cache';
import { userOf } from '../../../domain/jid.ts';
import type { SessionAddress } from '../../../domain/session.ts';
import { type JournaledMessage, journalEntry } from '../../../store/records/messages/inbound-journal.ts';
import type { SignalTransactions } from './signal-transactions.ts';

/**
 * Messages that are being received at the same time, and those that Baileys drops although a part of them could be
 * decrypted: it says nothing of these.
 */
const maxReceiving = 1_000;

export interface DecryptionJournalDeps {
  address: SessionAddress;
  keys: SignalTransactions;
  /** The linked account; undefined before linking. */
  me: () => Contact | undefined;
  /** Messages that an earlier connection decrypted and nobody recorded. */
  unrecorded: readonly JournaledMessage[];
  /** Called once for each message of which a part could not be decrypted. */
  onFailure: () => void;
  /** Epoch milliseconds. */
  now: () => number;
}

/**
 * Stores each message with the ratchet that decrypts it, until it is recorded. Baileys confirms a message before it emits
 * it: a process that is killed in between would lose the message, as WhatsApp does not deliver it again. A message that
 * is delivered again after such an end, because its confirmation was not sent, is taken from the journal: its keys are used.
 */
export class DecryptionJournal {
  readonly #deps: DecryptionJournalDeps;
  /** By the bytes of the encrypted parts of a stanza. */
  readonly #stanzas = new WeakMap<Uint8Array, BinaryNode>();
  readonly #failed = new WeakSet<BinaryNode>();
  /** Messages that an earlier connection decrypted, and which may be delivered again. */
  readonly #unrecorded: Map<string, JournaledMessage>;
  readonly #receiving = new LRUCache<string, JournaledMessage>({ max: maxReceiving });
  /** That of the latest message. */
  #place = 0;

  constructor(deps: DecryptionJournalDeps) {
    this.#deps = deps;
    this.#unrecorded = new Map(deps.unrecorded.map((message) => [message.name, message]));
  }

  /** To be called with each message stanza before it is decrypted. */
  follow(stanza: BinaryNode): void {
    if (!Array.isArray(stanza.content)) return;
    for (const { content } of stanza.content) {
      if (content instanceof Uint8Array) this.#stanzas.set(content, stanza);
    }
  }

  /** The same repository, but what it decrypts is journaled in the commit that stores the ratchet. */
  journaling(repository: SignalRepositoryWithLIDStore): SignalRepositoryWithLIDStore {
    return {
      ...repository,
      decryptMessage: (message) => this.#decrypt(message.ciphertext, () => repository.decryptMessage(message)),
      decryptGroupMessage: (message) => this.#decrypt(message.msg, () => repository.decryptGroupMessage(message)),
    };
  }

  /** The name under which a message that Baileys emits is journaled; null for one that was not encrypted. */
  take(key: WAMessageKey): string | null {
    const name = journalName(key);
    const isReceiving = this.#receiving.delete(name);
    return this.#unrecorded.delete(name) || isReceiving ? name : null;
  }

  /**
   * Messages of other people with the id of a message that Baileys emits, in the same group. Baileys tells messages apart
   * by chat and id alone, so of several that it emits at once it keeps the last one only.
   */
  takeNamesakes(key: WAMessageKey): JournaledMessage[] {
    if (!key.participant) return [];
    const name = journalName(key);
    const taken = [...this.#receiving.values()].filter(
      (other) => other.attrs['id'] === key.id && other.attrs['from'] === key.remoteJid && other.name !== name,
    );
    for (const other of taken) this.#receiving.delete(other.name);
    return taken;
  }

  /** The plaintext of an encrypted part, which resolves once it is stored. */
  #decrypt(ciphertext: Uint8Array, decrypt: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const stanza = this.#stanzas.get(ciphertext);
    if (stanza === undefined) return decrypt();
    const name = this.#nameOf(stanza);
    const hash = createHash('sha256').update(ciphertext).digest('base64');
    const parts = (this.#receiving.get(name) ?? this.#unrecorded.get(name))?.parts ?? [];
    const known = parts.find((part) => part.ciphertext === hash);
    if (known !== undefined) return Promise.resolve(Buffer.from(known.plaintext, 'base64'));
    const { keys, address, now } = this.#deps;
    const decrypted = keys.transaction(async () => {
      const plaintext = await decrypt();
      const part = { ciphertext: hash, plaintext: Buffer.from(plaintext).toString('base64') };
      this.#place = Math.max(this.#place + 1, now());
      const message = { name, attrs: stanza.attrs, parts: [...parts, part], place: this.#place };
      this.#receiving.set(name, message);
      keys.include(journalEntry(address, message, now()));
      return plaintext;
    });
    return decrypted.catch((error: unknown) => {
      this.#noteFailure(stanza);
      throw error;
    });
  }

  /** Baileys tells of a failure only if the message does not come again at once. */
  #noteFailure(stanza: BinaryNode): void {
    if (this.#failed.has(stanza)) return;
    this.#failed.add(stanza);
    this.#deps.onFailure();
  }

  /** From the key under which Baileys emits the message, as it has its own notion of what is ours. */
  #nameOf(stanza: BinaryNode): string {
    const me = this.#deps.me();
    return journalName(decodeMessageNode(stanza, me?.id ?? '', me?.lid ?? '').fullMessage.key);
  }
}

/** Unique for a message: two authors may use the same id. */
function journalName({ id, fromMe, participant, remoteJid }: WAMessageKey): string {
  const author = fromMe === true ? 'me' : userOf(participant || remoteJid || '');
  return `${id ?? ''} ${author}`;
}
