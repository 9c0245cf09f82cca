import type { Connection } from '../../connection/connection.ts';
import { child, requiredAttribute, type Stanza } from '../../wire/stanza.ts';
import type { MessageNetwork } from '../network.ts';
import { senderOn } from './sender.ts';

/** Handles `<presence>`: a client is online once it says so under a name. Subscriptions are not answered. */
export function receivePresence({ attrs }: Stanza, { presence }: Connection): void {
  const { type, name = '' } = attrs;
  if (type === 'available' && name !== '') presence.available = true;
  if (type === 'unavailable') presence.available = false;
}

/** Handles `<chatstate>`: the client begins or stops to type. */
export function receiveChatstate(node: Stanza, connection: Connection, network: MessageNetwork): void {
  const chat = requiredAttribute(node, 'to');
  if (child(node, 'composing') !== undefined) connection.presence.compose(chat);
  if (child(node, 'paused') !== undefined) endTyping(chat, connection, network);
}

/** Records the typing indicator that ends, if there is one in the chat. */
export function endTyping(chat: string, connection: Connection, network: MessageNetwork): void {
  const account = senderOn(connection, network)?.account;
  const typing = connection.presence.endTyping(chat);
  if (account === undefined || typing === undefined) return;
  network.ledger.append({ kind: 'typing', connection: connection.id, from: account.phone, to: chat, ...typing });
}
