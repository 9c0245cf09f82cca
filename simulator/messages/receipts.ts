import { phoneJid } from '../accounts/address.ts';
import { post } from '../connection/post.ts';
import { requiredAttribute, type Stanza, stanza, timestamp } from '../wire/stanza.ts';
import type { Reader } from './deliver.ts';
import type { Sender } from './sender.ts';

/** Tells the sender's device who got its message: every device of a recipient confirms, and a person reads it once. */
export function sendReceipts(message: Stanza, sender: Sender, readers: readonly Reader[]): void {
  const delivered = readers.filter(({ account }) => account.receipts !== 'none');
  for (const reader of delivered) post(receiptFrom(reader, message, sender), sender.companion, sender.network);
  for (const reader of delivered.filter((candidate) => reads(candidate, sender))) {
    post(readReceipt(reader, message), sender.companion, sender.network);
  }
}

/** The sender's own phone confirms too, as `sender`, and names the chat. */
function receiptFrom({ account, device }: Reader, message: Stanza, sender: Sender): Stanza {
  const own = account === sender.account;
  return stanza('receipt', {
    from: phoneJid(account.phone, device.id),
    id: requiredAttribute(message, 'id'),
    type: own ? 'sender' : undefined,
    recipient: own ? requiredAttribute(message, 'to') : undefined,
    t: timestamp(),
  });
}

function reads({ account, device }: Reader, sender: Sender): boolean {
  return account.receipts === 'read' && device.id === 0 && account !== sender.account;
}

function readReceipt({ account }: Reader, message: Stanza): Stanza {
  return stanza('receipt', {
    from: phoneJid(account.phone),
    id: requiredAttribute(message, 'id'),
    type: 'read',
    t: timestamp(),
  });
}
