import { addressingOf } from '../../accounts/address.ts';
import { deliverOrQueue } from '../../connection/offline-queue.ts';
import { keysForRetry } from '../../signal/key-bundle.ts';
import { type Stanza, stanza, timestamp } from '../../wire/stanza.ts';
import type { Recipient } from './decrypt-payload.ts';
import type { Envelope } from './envelope.ts';

/**
 * Sends the receipts to the sender's device: each device confirms delivery or requests a retry, and the phone of a
 * recipient confirms reading once.
 */
export function sendReceipts(envelope: Envelope, recipients: readonly Recipient[]): void {
  const { companion, network } = envelope.sender;
  for (const recipient of recipients) if (recipient.retry > 0) requestRetry(recipient, envelope);
  const answering = recipients.filter(({ account, retry }) => retry === 0 && account.receipts !== 'none');
  const answers = answering.map((recipient) => deliveryReceipt(recipient, envelope));
  const reads = answering
    .filter((recipient) => sendsReadReceipt(recipient, envelope))
    .map((recipient) => readReceipt(recipient, envelope));
  for (const receipt of [...answers, ...reads]) deliverOrQueue(receipt, companion, network);
}

/** A device requests a retry at once, later or never. */
function requestRetry(recipient: Recipient, envelope: Envelope): void {
  const { companion, connection, network } = envelope.sender;
  const { asks } = recipient.account;
  const request = () => deliverOrQueue(retryReceipt(recipient, envelope), companion, network);
  if (asks === 0) request();
  else if (asks !== 'never') network.background.run(() => network.background.pause(asks).then(request), connection.id);
}

/** The receipt of the sender's own phone has the type `sender`. */
function deliveryReceipt(recipient: Recipient, envelope: Envelope): Stanza {
  const own = recipient.account === envelope.sender.account;
  return stanza('receipt', { ...receiptAttributes(recipient, envelope), type: own ? 'sender' : undefined });
}

function sendsReadReceipt({ account, device }: Recipient, { sender }: Envelope): boolean {
  return account.receipts === 'read' && device.id === 0 && account !== sender.account;
}

function readReceipt(recipient: Recipient, envelope: Envelope): Stanza {
  return stanza('receipt', { ...receiptAttributes(recipient, envelope), type: 'read' });
}

/** Includes the keys for a new session, as the old one may be unusable. */
function retryReceipt(recipient: Recipient, envelope: Envelope): Stanza {
  const { id } = envelope;
  return stanza('receipt', { ...receiptAttributes(recipient, envelope), type: 'retry' }, [
    stanza('retry', { count: String(recipient.retry), id, t: timestamp(), v: '1' }),
    ...keysForRetry(recipient.device.takeBundle()),
  ]);
}

/**
 * Receipts come from the address, number or LID, that the message was sent to. Those of the sender's own phone name the
 * chat; in a group receipts name the participant.
 */
function receiptAttributes(
  { account, device }: Recipient,
  { id, chat, group, sender }: Envelope,
): Record<string, string | undefined> {
  const t = timestamp();
  if (group !== undefined) return { from: group.jid, participant: group.addressOf(account, device.id), id, t };
  const recipient = account === sender.account ? chat : undefined;
  return { from: account.address(addressingOf(chat), device.id), id, recipient, t };
}
