import { createHash } from 'node:crypto';
import {
  areJidsSameUser,
  type BinaryNode,
  type Contact,
  type SignalRepositoryWithLIDStore,
  type WAMessageKey,
} from '@whiskeysockets/baileys';
import { userOf } from '../../../domain/jid.ts';
import type { SessionAddress } from '../../../domain/session.ts';
import { type JournaledMessage, journalEntry } from '../../../store/records/messages/inbound-journal.ts';
import type { SignalTransactions } from './signal-transactions.ts';

export interface DecryptionJournalDeps {
  address: SessionAddress;
  keys: SignalTransactions;
  /** The linked account; undefined before linking. */
  me: () => Contact | undefined;
  /** Messages that an earlier connection decrypted and nobody recorded. */
  unrecorded: readonly JournaledMessage[];
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
  /** Messages that are being received, and unrecorded ones, which may be delivered again. */
  readonly #messages: Map<string, JournaledMessage>;

  constructor(deps: DecryptionJournalDeps) {
    this.#deps = deps;
    this.#messages = new Map(deps.unrecorded.map((message) => [message.name, message]));
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
    const name = journalName(key.id, key.fromMe === true ? null : key.participant || key.remoteJid);
    return this.#messages.delete(name) ? name : null;
  }

  /** The plaintext of an encrypted part, which resolves once it is stored. */
  #decrypt(ciphertext: Uint8Array, decrypt: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const stanza = this.#stanzas.get(ciphertext);
    if (stanza === undefined) return decrypt();
    const name = this.#nameOf(stanza);
    const hash = createHash('sha256').update(ciphertext).digest('base64');
    const known = this.#messages.get(name)?.parts.find((part) => part.ciphertext === hash);
    if (known !== undefined) return Promise.resolve(Buffer.from(known.plaintext, 'base64'));
    const { keys, address, now } = this.#deps;
    return keys.transaction(async () => {
      const plaintext = await decrypt();
      const part = { ciphertext: hash, plaintext: Buffer.from(plaintext).toString('base64') };
      const parts = [...(this.#messages.get(name)?.parts ?? []), part];
      const message = { name, attrs: stanza.attrs, parts };
      this.#messages.set(name, message);
      keys.include(journalEntry(address, message, now()));
      return plaintext;
    });
  }

  #nameOf({ attrs }: BinaryNode): string {
    const author = attrs['participant'] ?? attrs['from'];
    const me = this.#deps.me();
    const isOwn = [me?.id, me?.lid].some((own) => areJidsSameUser(own, author));
    return journalName(attrs['id'], isOwn ? null : author);
  }
}

/** Unique for a message: two authors may use the same id. `author` is null for our own number. */
function journalName(id: string | null | undefined, author: string | null | undefined): string {
  return `${id ?? ''} ${author == null ? 'me' : userOf(author)}`;
}
