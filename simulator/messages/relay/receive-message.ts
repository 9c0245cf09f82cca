import { applyFault } from '../../connection/apply-fault.ts';
import type { Connection } from '../../connection/connection.ts';
import { chatOf } from '../../faults/faults.ts';
import { type Stanza, stanza, timestamp } from '../../wire/stanza.ts';
import type { MessageNetwork } from '../network.ts';
import { type AckPlan, ackPlanFor, REFUSED } from './ack-plan.ts';
import { deliver } from './deliver.ts';
import { detectKeyReuse } from './detect-key-reuse.ts';
import { type Envelope, envelopeOf } from './envelope.ts';
import { sendReceipts } from './receipts.ts';
import { senderOn } from './sender.ts';

/** A client sends a message: it is acknowledged and handed to its recipients, unless a fault rule says otherwise. */
export function receiveMessage(message: Stanza, connection: Connection, network: MessageNetwork): void {
  const sender = senderOn(connection, network);
  if (sender === undefined) return;
  const envelope = envelopeOf(message, sender);
  detectKeyReuse(envelope);
  const plan = mayWrite(envelope) ? plannedBy(envelope) : REFUSED;
  const acknowledged = acknowledge(envelope, plan);
  network.background.run(() => handOver(envelope, plan, acknowledged), connection.id);
  if (plan.ending !== undefined) applyFault(plan.ending, connection);
}

/** Into a group only its members write, and into some only its admins. */
function mayWrite({ chat, group, sender: { account } }: Envelope): boolean {
  if (!chat.endsWith('@g.us')) return true;
  return group?.role(account) !== undefined && (!group.settings.announce || group.isAdmin(account));
}

function plannedBy({ sender, chat, id }: Envelope): AckPlan {
  const { connection, account, network } = sender;
  const target = { connection: connection.id, account: account.phone, to: chatOf(chat), id };
  return ackPlanFor(network.faults.forMessage(target));
}

/** Sends the acks, at once or late. Resolves when they were sent, or when it is clear that there will be none. */
async function acknowledge({ message, sender }: Envelope, { ack }: AckPlan): Promise<void> {
  if (ack === undefined) return;
  if (ack.delayMs > 0) await sender.network.background.pause(ack.delayMs);
  const { id, to } = message.attrs;
  const error = ack.error === undefined ? undefined : String(ack.error);
  const node = stanza('ack', { class: 'message', id, from: to, t: timestamp(), error });
  for (let sent = 0; sent < ack.count; sent += 1) sender.connection.send(node);
}

/** Recipients decrypt as soon as they can, but their receipts never overtake the ack. */
async function handOver(envelope: Envelope, plan: AckPlan, acknowledged: Promise<void>): Promise<void> {
  const readers = plan.deliver ? await deliver(envelope, isRepeated(envelope)) : [];
  await acknowledged;
  sendReceipts(envelope, plan.confirm ? readers : readers.filter(({ retry }) => retry > 0));
}

/** Whether the server has handed out a message with that id before and is set to do so only once. */
function isRepeated({ sender, id }: Envelope): boolean {
  const { sentIds } = sender.account;
  const repeated = sentIds.has(id);
  sentIds.set(id, true);
  return repeated && sender.network.settings.dedup;
}
