import type { Connection } from '../connection/connection.ts';
import { chatOf } from '../faults/faults.ts';
import { strike } from '../faults/strike.ts';
import type { Network } from '../network.ts';
import { requiredAttribute, type Stanza, stanza, timestamp } from '../wire/stanza.ts';
import { deliver } from './deliver.ts';
import { type Plan, planFor } from './plan.ts';
import { sendReceipts } from './receipts.ts';
import { type Sender, senderOn } from './sender.ts';

/** A client sends a message: it is acknowledged and handed to its recipients, unless a fault rule says otherwise. */
export function receiveMessage(message: Stanza, connection: Connection, network: Network): void {
  const sender = senderOn(connection, network);
  if (sender === undefined) return;
  const [id, to] = [requiredAttribute(message, 'id'), requiredAttribute(message, 'to')];
  const target = { connection: connection.id, account: sender.account.phone, to: chatOf(to), id };
  const plan = planFor(network.faults.forMessage(target));
  const acknowledged = acknowledge(message, plan, sender);
  network.background.run(() => handOver(message, sender, plan, acknowledged), connection.id);
  if (plan.ending !== undefined) strike(plan.ending, connection);
}

/** Sends the ack, at once or late. Resolves when it was sent, or when it is clear that there will be none. */
async function acknowledge(message: Stanza, { ack }: Plan, { connection, network }: Sender): Promise<void> {
  if (ack === undefined) return;
  if (ack.delayMs > 0) await network.background.pause(ack.delayMs);
  const { id, to } = message.attrs;
  const error = ack.error === undefined ? undefined : String(ack.error);
  connection.send(stanza('ack', { class: 'message', id, from: to, t: timestamp(), error }));
}

/** Recipients decrypt as soon as they can, but their receipts never overtake the ack. */
async function handOver(message: Stanza, sender: Sender, plan: Plan, acknowledged: Promise<void>): Promise<void> {
  const readers = plan.deliver ? await deliver(message, sender) : [];
  await acknowledged;
  sendReceipts(message, sender, readers);
}
