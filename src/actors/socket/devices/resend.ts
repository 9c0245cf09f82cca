import type { MessageRelayOptions, proto, WASocket } from '@whiskeysockets/baileys';
import { isGroup, userOf } from '../../../domain/jid.ts';

/** What the stanza of a message says outside its encryption. */
export type StanzaOptions = Pick<MessageRelayOptions, 'additionalAttributes' | 'additionalNodes'>;

export interface Resend {
  messageId: string;
  chat: string;
  message: proto.IMessage;
  options: StanzaOptions;
  /** The only device that gets it, and which of its requests this answers; 1 when it did not ask. */
  to: { jid: string; count: number };
}

/** Sends a message again, to one device, as it was sent to all. Resolves when it is written. */
export async function resend(socket: WASocket, { messageId, chat, message, options, to }: Resend): Promise<void> {
  // The own devices learn from it which chat the message belongs to; Baileys tells it only those that it names by number.
  const recipient = !isGroup(chat) && isOwn(to.jid, socket) ? { recipient: chat } : {};
  const additionalAttributes = { ...options.additionalAttributes, ...recipient };
  await socket.relayMessage(chat, message, { ...options, messageId, participant: to, additionalAttributes });
}

function isOwn(device: string, { user }: WASocket): boolean {
  return [user?.id, user?.lid].some((own) => own !== undefined && userOf(own) === userOf(device));
}
