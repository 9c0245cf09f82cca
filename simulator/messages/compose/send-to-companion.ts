import type { Account } from '../../accounts/account.ts';
import { lidOf } from '../../accounts/address.ts';
import type { Companion } from '../../accounts/companion.ts';
import type { Peer } from '../../accounts/simulated-device.ts';
import { deliverOrQueue } from '../../connection/offline-queue.ts';
import { stanza } from '../../wire/stanza.ts';
import { encNode } from '../enc-node.ts';
import type { MessageNetwork } from '../network.ts';
import type { OutgoingMessage } from './outgoing-message.ts';

/** Encrypts the letter for the device and posts it. Letters of one account arrive in the order of these calls. */
export function sendToCompanion(
  letter: OutgoingMessage,
  from: Account,
  companion: Companion,
  network: MessageNetwork,
): Promise<void> {
  return from.outgoing.run(async () => {
    const sealed = await from.primary.encrypt(peerOf(companion), letter.message, () => companion.takeBundle());
    deliverOrQueue(stanza('message', letter.attributes, [encNode(sealed, letter.resend)]), companion, network);
  });
}

export function peerOf({ phone, id }: Companion): Peer {
  return { lid: lidOf(phone), device: id };
}
