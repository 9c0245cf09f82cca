import type { proto } from '@whiskeysockets/baileys';
import type { Account } from '../../accounts/account.ts';
import { phoneOf } from '../../accounts/address.ts';
import type { ClaimedSender, Draft } from '../../accounts/draft.ts';
import { SimulatorError } from '../../errors.ts';
import type { MessageNetwork } from '../network.ts';
import { issueTokenIfDue } from '../privacy-token.ts';
import { messageId } from './message-id.ts';
import { outgoingToPerson } from './outgoing-message.ts';
import { sendToCompanion } from './send-to-companion.ts';
import { sendToGroup } from './send-to-group.ts';

/** `id`: the id of the message; a new one by default. The rest overrides attributes of the stanza. */
export interface SendOptions extends ClaimedSender {
  readonly id?: string | undefined;
}

/**
 * Sends a message of a simulated person to a number or a group: every client linked to a recipient or to the sender gets
 * it, now or at its next login. Resolves with the id of the message. Rejects with `not_found` when there is no such
 * number or group, with `conflict` when the sender is not in the group.
 */
export async function send(
  from: Account,
  to: string,
  message: proto.IMessage,
  network: MessageNetwork,
  options: SendOptions = {},
): Promise<string> {
  const { id = messageId(), ...claimed } = options;
  const sender = { from: claimed.from, participant: claimed.participant };
  if (to.endsWith('@g.us')) await sendDraftToGroup(from, to, { id, message, sender }, network);
  else await sendDraftToPerson(from, to, { id, message, sender }, network);
  return id;
}

type NewMessage = Pick<Draft, 'id' | 'message' | 'sender'>;

async function sendDraftToPerson(
  from: Account,
  to: string,
  newMessage: NewMessage,
  network: MessageNetwork,
): Promise<void> {
  const recipient = network.directory.byPhone(phoneOf(to, 'to'));
  if (recipient === undefined) throw new SimulatorError('not_found', `${to} is not on the simulated WhatsApp`);
  const draft = { ...newMessage, chat: recipient.address() };
  from.drafts.set(draft.id, draft);
  const companions = new Set([...recipient.companions, ...from.companions]);
  const deliveries = [...companions].map((companion) =>
    sendToCompanion(outgoingToPerson(draft, companion, from, recipient), from, companion, network),
  );
  await Promise.all(deliveries);
  issueTokenIfDue(from, recipient, network);
}

async function sendDraftToGroup(
  from: Account,
  to: string,
  newMessage: NewMessage,
  network: MessageNetwork,
): Promise<void> {
  const group = network.groups.get(to);
  if (group === undefined) throw new SimulatorError('not_found', `there is no group ${to}`);
  if (group.role(from) === undefined) throw new SimulatorError('conflict', `${from.phone} is not in ${to}`);
  const draft = { ...newMessage, chat: to };
  from.drafts.set(draft.id, draft);
  await sendToGroup(draft, group, from, network);
}
