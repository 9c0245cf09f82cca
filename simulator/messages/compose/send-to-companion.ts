import type { Account } from '../../accounts/account.ts';
import { lidOf } from '../../accounts/address.ts';
import type { Companion } from '../../accounts/companion.ts';
import type { Peer } from '../../accounts/simulated-device.ts';
import { deliverOrQueue } from '../../connection/offline-queue.ts';
import { stanza } from '../../wire/stanza.ts';
import { encNode } from '../enc-node.ts';
import type { MessageNetwork } from '../network.ts';
import { takeBundle } from '../take-bundle.ts';
import type { OutgoingMessage } from './outgoing-message.ts';

/**
 * Encrypts a message for a device and delivers or queues it. Messages of one account keep the order of the calls.
 * @param device the one that encrypts it
 */
export function sendToCompanion(
  outgoing: OutgoingMessage,
  from: Account,
  companion: Companion,
  network: MessageNetwork,
  device = from.primary,
): Promise<void> {
  return from.outgoing.run(async () => {
    const ciphertext = await device.encrypt(peerOf(companion), outgoing.message, () => takeBundle(companion, network));
    deliverOrQueue(stanza('message', outgoing.attributes, [encNode(ciphertext, outgoing.resend)]), companion, network);
  });
}

export function peerOf({ phone, id }: Companion): Peer {
  return { lid: lidOf(phone), device: id };
}
