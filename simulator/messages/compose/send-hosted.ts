import type { proto } from '@whiskeysockets/baileys';
import type { Account } from '../../accounts/account.ts';
import { HOSTED_DEVICE_ID, phoneJid, phoneOf } from '../../accounts/address.ts';
import { SimulatorError } from '../../errors.ts';
import { timestamp } from '../../wire/stanza.ts';
import { authorAttributes } from '../author.ts';
import { stanzaTypeOf } from '../content.ts';
import type { MessageNetwork } from '../network.ts';
import { messageId } from './message-id.ts';
import { sendToCompanion } from './send-to-companion.ts';

/**
 * Sends a message from the hosted device of an account to a number. Resolves with the id of the message. Rejects with
 * `conflict` when the account is not hosted, with `not_found` when the number is not on the simulated WhatsApp.
 */
export async function sendHosted(
  from: Account,
  to: string,
  message: proto.IMessage,
  network: MessageNetwork,
): Promise<string> {
  const device = from.device(HOSTED_DEVICE_ID);
  if (device?.kind !== 'simulated') throw new SimulatorError('conflict', `${from.phone} has no hosted device`);
  const recipient = network.directory.byPhone(phoneOf(to, 'to'));
  if (recipient === undefined) throw new SimulatorError('not_found', `${to} is not on the simulated WhatsApp`);
  const draft = { id: messageId(), chat: phoneJid(recipient.phone), message };
  const attributes = {
    ...authorAttributes(from, device.id, undefined),
    ...{ id: draft.id, type: stanzaTypeOf(message), notify: from.name, t: timestamp() },
  };
  const deliveries = recipient.companions.map((companion) =>
    sendToCompanion({ message, attributes }, from, companion, network, device),
  );
  await Promise.all(deliveries);
  return draft.id;
}
