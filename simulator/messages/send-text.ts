import type { Account } from '../accounts/account.ts';
import { phoneDigits } from '../accounts/address.ts';
import { SimulatorError } from '../errors.ts';
import type { Network } from '../network.ts';
import { messageId } from './message-id.ts';
import { sendToCompanion } from './send-to-companion.ts';

/**
 * A simulated person writes to a number: every device linked to it gets the text, at once or when it comes back.
 * Resolves with the id of the message. Rejects with `not_found` when the number is not on the simulated WhatsApp.
 */
export async function sendText(from: Account, to: string, text: string, network: Network): Promise<string> {
  const recipient = network.directory.byPhone(phoneDigits(to, 'to'));
  if (recipient === undefined) throw new SimulatorError('not_found', `${to} is not on the simulated WhatsApp`);
  const letter = { id: messageId(), message: { conversation: text }, attributes: { type: 'text', notify: from.name } };
  await Promise.all(recipient.companions.map((companion) => sendToCompanion(letter, from, companion, network)));
  return letter.id;
}
