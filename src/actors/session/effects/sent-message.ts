import type { Content, StoredMessage } from '../../../domain/message.ts';
import { chatOnWire, type OutboxRow } from '../../../domain/outbox.ts';
import type { Messages } from '../../../store/records/messages/messages.ts';
import type { Outbox } from '../../../store/records/outbox/outbox.ts';
import { unlessUnreadable } from '../../../store/unreadable-value.ts';

export interface SentMessageDeps {
  outbox: Pick<Outbox, 'findByMessage'>;
  messages: Messages;
  /** Encodes a message as WhatsApp does, in base64. */
  encode: (row: OutboxRow) => Promise<string>;
}

/**
 * The message to keep of an acknowledged send. An edit is no message of its own: what is kept is the message that it changed,
 * with its new text, so that replies quote that and a device that asks late is not sent the old one. Null when there is
 * nothing to keep.
 */
export async function sentMessage(deps: SentMessageDeps, row: OutboxRow): Promise<StoredMessage | null> {
  const { waMessageId: id, content, timestamp } = row;
  const chat = chatOnWire(row);
  if (content.type === 'unsupported') return null;
  if (content.type === 'edit') return editedMessage(deps, row, content);
  return { id, chat, fromMe: true, sender: null, type: content.type, proto: await deps.encode(row), timestamp };
}

async function editedMessage(
  { outbox, messages, encode }: SentMessageDeps,
  edit: OutboxRow,
  { target, text, context }: Extract<Content, { type: 'edit' }>,
): Promise<StoredMessage | null> {
  const kept = await messages.find(edit, target, ({ fromMe }) => fromMe);
  const original = await unlessUnreadable(null, () => outbox.findByMessage(edit, target));
  if (kept === null || original?.content.type !== 'text') return null;
  const { mentions = [] } = context ?? {};
  const proto = await encode({ ...original, content: { ...original.content, text, mentions } });
  return { ...kept, proto, editedBy: edit.waMessageId };
}
