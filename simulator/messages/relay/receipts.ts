import { phoneJid } from '../../accounts/address.ts';
import { deliverOrQueue } from '../../connection/offline-queue.ts';
import { keysForRetry } from '../../signal/key-bundle.ts';
import { type Stanza, stanza, timestamp } from '../../wire/stanza.ts';
import type { Reader } from './decrypt-payload.ts';
import type { Envelope } from './envelope.ts';

/**
 * Tells the sender's device what became of its message: every device of a recipient confirms, or asks for it again,
 * and a person reads it once.
 */
export function sendReceipts(envelope: Envelope, readers: readonly Reader[]): void {
  const { companion, network } = envelope.sender;
  const answering = readers.filter(({ account, retry }) => retry > 0 || account.receipts !== 'none');
  const answers = answering.map((reader) => (reader.retry > 0 ? retry(reader, envelope) : delivered(reader, envelope)));
  const reads = answering.filter((reader) => hasRead(reader, envelope)).map((reader) => seen(reader, envelope));
  for (const receipt of [...answers, ...reads]) deliverOrQueue(receipt, companion, network);
}

/** The sender's own phone confirms too, as `sender`. */
function delivered(reader: Reader, envelope: Envelope): Stanza {
  const own = reader.account === envelope.sender.account;
  return stanza('receipt', { ...head(reader, envelope), type: own ? 'sender' : undefined });
}

function hasRead({ account, device, retry: missing }: Reader, { sender }: Envelope): boolean {
  return missing === 0 && account.receipts === 'read' && device.id === 0 && account !== sender.account;
}

function seen(reader: Reader, envelope: Envelope): Stanza {
  return stanza('receipt', { ...head(reader, envelope), type: 'read' });
}

/** With the keys for a new session, as the old one may be beyond repair. */
function retry(reader: Reader, envelope: Envelope): Stanza {
  const { id } = envelope;
  return stanza('receipt', { ...head(reader, envelope), type: 'retry' }, [
    stanza('retry', { count: String(reader.retry), id, t: timestamp(), v: '1' }),
    ...keysForRetry(reader.device.takeBundle()),
  ]);
}

/** In a user chat the sender's own phone names the chat; in a group everybody names themselves. */
function head({ account, device }: Reader, { id, chat, group, sender }: Envelope): Record<string, string | undefined> {
  const t = timestamp();
  if (group !== undefined) return { from: group.jid, participant: group.addressOf(account, device.id), id, t };
  const recipient = account === sender.account ? chat : undefined;
  return { from: phoneJid(account.phone, device.id), id, recipient, t };
}
