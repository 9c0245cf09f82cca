import { parseAddress } from '../../accounts/address.ts';
import { applyFault } from '../../connection/apply-fault.ts';
import type { Connection } from '../../connection/connection.ts';
import { chatOf } from '../../faults/faults.ts';
import { attribute, type Stanza, stanza, timestamp } from '../../wire/stanza.ts';
import type { MessageNetwork } from '../network.ts';
import { type AckPlan, ackPlanFor, REFUSED, UNREACHABLE } from './ack-plan.ts';
import { deliver } from './deliver.ts';
import { detectKeyReuse } from './detect-key-reuse.ts';
import { type Envelope, envelopeOf } from './envelope.ts';
import { lacksToken } from './lacks-token.ts';
import { participantHash } from './participant-hash.ts';
import { sendReceipts } from './receipts.ts';
import { endTyping } from './receive-presence.ts';
import { senderOn } from './sender.ts';
import { staleAddressingPlan } from './stale-addressing.ts';

/** Handles a message from a client: acknowledges and delivers it, unless a fault rule changes that. */
export function receiveMessage(message: Stanza, connection: Connection, network: MessageNetwork): void {
  const sender = senderOn(connection, network);
  if (sender === undefined) return;
  const envelope = envelopeOf(message, sender);
  detectKeyReuse(envelope);
  endTyping(envelope.chat, connection, network);
  const plan = refusalOf(envelope) ?? planFor(envelope);
  const acknowledged = acknowledge(envelope, plan);
  network.background.run(() => deliverAndConfirm(envelope, plan, acknowledged), connection.id);
  if (plan.ending !== undefined) applyFault(plan.ending, connection);
}

function refusalOf(envelope: Envelope): AckPlan | undefined {
  if (!mayWrite(envelope)) return REFUSED;
  return lacksToken(envelope) || isToRefusedNumber(envelope) ? UNREACHABLE : undefined;
}

/** Whether the message is to the number of another person who can only be written to by LID. */
function isToRefusedNumber({ message, sender: { account, network } }: Envelope): boolean {
  const to = attribute(message, 'to') ?? '';
  const recipient = network.directory.find(to);
  if (recipient === undefined || recipient === account) return false;
  return recipient.listing.numbers === 'refused' && parseAddress(to)?.server !== 'lid';
}

/** Only members may write to a group, and to some groups only admins. */
function mayWrite({ chat, group, sender: { account } }: Envelope): boolean {
  if (!chat.endsWith('@g.us')) return true;
  return group?.role(account) !== undefined && (!group.settings.announce || group.isAdmin(account));
}

function planFor(envelope: Envelope): AckPlan {
  const { sender, chat, id } = envelope;
  const { connection, account, network } = sender;
  const target = { connection: connection.id, account: account.phone, to: chatOf(chat), id };
  return staleAddressingPlan(envelope) ?? ackPlanFor(network.faults.forMessage(target));
}

/** Sends the acks, possibly delayed. Resolves when they are sent, or at once when there are none. */
async function acknowledge(envelope: Envelope, { ack }: AckPlan): Promise<void> {
  if (ack === undefined) return;
  const { message, sender } = envelope;
  const phash = participantHash(envelope);
  if (ack.delayMs > 0) await sender.network.background.pause(ack.delayMs);
  const { id, to } = message.attrs;
  const error = ack.error === undefined ? undefined : String(ack.error);
  const node = stanza('ack', { class: 'message', id, from: to, t: timestamp(), phash, error });
  for (let sent = 0; sent < ack.count; sent += 1) sender.connection.send(node);
}

/** Recipients decrypt at once, but receipts are sent after the ack. */
async function deliverAndConfirm(envelope: Envelope, plan: AckPlan, acknowledged: Promise<void>): Promise<void> {
  const recipients = plan.deliver ? await deliver(envelope, isDuplicate(envelope)) : [];
  await acknowledged;
  sendReceipts(envelope, plan.confirm ? recipients : recipients.filter(({ retry }) => retry > 0));
}

/** Whether the server must not deliver the message because it has delivered one with that id. Records the id. */
function isDuplicate({ sender, id, chat }: Envelope): boolean {
  const { sentIds } = sender.account;
  const duplicate = sentIds.has(id);
  sentIds.set(id, chat);
  return duplicate && sender.network.settings.dedup;
}
