import type { Account } from '../../accounts/account.ts';
import { addressingOf } from '../../accounts/address.ts';
import type { Connection } from '../../connection/connection.ts';
import { deliverOrQueue } from '../../connection/offline-queue.ts';
import { attribute, child, children, type Stanza, stanza, timestamp } from '../../wire/stanza.ts';
import { sendAgain } from '../compose/send-again.ts';
import type { MessageNetwork } from '../network.ts';
import { type Sender, senderOn } from './sender.ts';

/**
 * Handles a receipt from a client: acknowledges it and forwards it to the devices of the author of the message, a retry
 * request only to the device that sent the message.
 */
export function receiveReceipt(receipt: Stanza, connection: Connection, network: MessageNetwork): void {
  const sender = senderOn(connection, network);
  if (sender === undefined) return;
  sender.companion.unconfirmed.confirm(receipt);
  const { id, to, type, participant } = receipt.attrs;
  connection.send(stanza('ack', { class: 'receipt', id, from: to, participant, type, t: timestamp() }));
  const isPerson = network.directory.findDevice(to ?? '') !== undefined;
  const authorJid = isPerson ? to : participant;
  if (type === 'retry') forwardRetry(receipt, authorJid ?? '', sender);
  else forward(receipt, network.directory.find(authorJid ?? ''), sender);
}

function forward(receipt: Stanza, author: Account | undefined, sender: Sender): void {
  if (author === undefined || author === sender.account) return;
  const { account, network } = sender;
  const { type = '' } = receipt.attrs;
  for (const id of idsOf(receipt)) {
    network.ledger.append({ kind: 'receipt', id, from: account.phone, to: author.phone, receipt: type });
  }
  const node = forwarded(receipt, author, sender);
  for (const companion of author.companions) deliverOrQueue(node, companion, network);
}

/** The ids of a receipt: its own, and those of its list. */
function idsOf(receipt: Stanza): string[] {
  const list = child(receipt, 'list');
  const items = list === undefined ? [] : children(list, 'item');
  return [receipt, ...items].flatMap((node) => attribute(node, 'id') ?? []);
}

function forwardRetry(receipt: Stanza, authorJid: string, sender: Sender): void {
  const { network, companion, connection } = sender;
  const author = network.directory.findDevice(authorJid);
  if (author === undefined) return;
  const { account, device } = author;
  if (device.kind === 'companion') deliverOrQueue(forwarded(receipt, account, sender), device, network);
  else network.background.run(() => sendAgain(receipt, account, companion, network), connection.id);
}

/** The receipt as the author gets it, from the address that the author wrote to, with any list of further ids and keys of a retry request. */
function forwarded(receipt: Stanza, author: Account, { account, companion, network }: Sender): Stanza {
  const group = network.groups.get(attribute(receipt, 'to') ?? '');
  const { id = '', type, recipient } = receipt.attrs;
  const addressing = addressingOf(author.sentTo(id) ?? account.address());
  const from = group === undefined ? account.address(addressing, companion.id) : group.jid;
  const attributes = {
    from,
    participant: group?.addressOf(account, companion.id),
    id,
    type,
    recipient,
    t: timestamp(),
  };
  return stanza('receipt', attributes, Array.isArray(receipt.content) ? receipt.content : undefined);
}
