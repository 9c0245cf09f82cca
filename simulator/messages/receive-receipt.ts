import { phoneJid } from '../accounts/address.ts';
import type { Connection } from '../connection/connection.ts';
import { post } from '../connection/post.ts';
import type { Network } from '../network.ts';
import { attribute, type Stanza, stanza, timestamp } from '../wire/stanza.ts';
import { senderOn } from './sender.ts';

/** A client confirms a message: the server acknowledges that and tells the devices of whoever wrote the message. */
export function receiveReceipt(receipt: Stanza, connection: Connection, network: Network): void {
  const sender = senderOn(connection, network);
  if (sender === undefined) return;
  const [id, to, type] = ['id', 'to', 'type'].map((name) => attribute(receipt, name));
  connection.send(stanza('ack', { class: 'receipt', id, from: to, type, t: timestamp() }));
  const author = to === undefined ? undefined : network.directory.find(to);
  if (author === undefined || author === sender.account) return;
  const forwarded = stanza('receipt', {
    from: phoneJid(sender.account.phone, sender.companion.id),
    id,
    type,
    t: timestamp(),
  });
  for (const companion of author.companions) post(forwarded, companion, network);
}
