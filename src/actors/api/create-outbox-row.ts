import { randomBytes } from 'node:crypto';
import { type Contact, contactOf, isSameContact } from '../../domain/contact.ts';
import { done, type Outcome, refused } from '../../domain/errors.ts';
import { newOutboxId, newWaMessageId } from '../../domain/ids.ts';
import type { Content, Quoted, SendBody } from '../../domain/message.ts';
import type { OutboxRow } from '../../domain/outbox.ts';
import type { SessionAddress } from '../../domain/session.ts';
import { contactCard } from '../../domain/vcard.ts';
import type { Messages } from '../../store/records/messages/messages.ts';

/** The length of the secret of a message, which votes are encrypted with. */
const secretBytes = 32;

function newSecret(): string {
  return randomBytes(secretBytes).toString('base64');
}

/**
 * The content of a body, including the message that it quotes. `validation_error` when that message is not stored.
 * @param recipient what is known of the chat: the quoted message may be stored under another address of it
 */
export async function contentOf(
  messages: Messages,
  address: SessionAddress,
  body: SendBody,
  recipient: Contact,
): Promise<Outcome<Content>> {
  switch (body.type) {
    case 'text': {
      const { text, mentions, replyTo } = body;
      if (replyTo === undefined) return done({ type: 'text', text, mentions, quoted: null });
      const quoted = await messages.find(address, replyTo, ({ chat }) => isSameContact(contactOf(chat), recipient));
      if (quoted === null) return refused(unknownQuote);
      const { id, chat, fromMe, sender, proto } = quoted;
      return done({ type: 'text', text, mentions, quoted: { id, chat, fromMe, sender, proto } satisfies Quoted });
    }
    case 'poll': {
      const { name, options, selectableCount } = body;
      return done({
        type: 'poll',
        name,
        options,
        selectableCount,
        secret: newSecret(),
      });
    }
    case 'location': {
      const { latitude, longitude, name } = body;
      return done({ type: 'location', latitude, longitude, name: name ?? null });
    }
    case 'contact':
      return done({ type: 'contact', ...contactCard(body.contact) });
  }
}

const unknownQuote = {
  code: 'validation_error',
  message: 'replyTo: not a message that this session sent or received recently',
  details: { field: 'replyTo' },
} as const;

/** The first row of a send. All its ids are chosen here, before anything is tried. */
export function createOutboxRow(
  { organization, session }: SessionAddress,
  send: Pick<OutboxRow, 'mode' | 'to' | 'contact' | 'content' | 'idempotency' | 'account' | 'acceptedAt' | 'traceId'>,
): OutboxRow {
  const { mode, acceptedAt } = send;
  return {
    id: newOutboxId(),
    organization,
    session,
    waMessageId: newWaMessageId(),
    ...send,
    status: mode === 'sync' ? 'sending' : 'queued',
    timestamp: acceptedAt,
    attempts: mode === 'sync' ? 1 : 0,
    unanswered: 0,
    error: null,
    early: null,
    secret: newSecret(),
  };
}
