import type { Companion } from '../../accounts/companion.ts';
import { deliverOrQueue } from '../../connection/offline-queue.ts';
import { child, stanza, timestamp } from '../../wire/stanza.ts';
import { authorAttributes, copyAttributes } from '../author.ts';
import { encNode } from '../enc-node.ts';
import type { DevicePayload } from './device-payload.ts';
import type { Envelope } from './envelope.ts';

/** Sends the message to a real client, or queues it until its next login. */
export function relay(
  { account, device, ciphertexts, resend }: DevicePayload & { readonly device: Companion },
  { message, sender, chat, group, id }: Envelope,
): void {
  const { type, edit } = message.attrs;
  const attributes = {
    ...(group === undefined && account === sender.account
      ? copyAttributes(account, sender.companion.id, chat, sender.network.directory.find(chat))
      : authorAttributes(sender.account, sender.companion.id, group)),
    ...{ id, type, edit, t: timestamp(), notify: sender.account.name },
  };
  const content = ciphertexts.map((ciphertext) => encNode(ciphertext, resend));
  const identity = child(message, 'device-identity');
  if (identity !== undefined && ciphertexts.some((ciphertext) => ciphertext.type === 'pkmsg')) content.push(identity);
  deliverOrQueue(stanza('message', attributes, content), device, sender.network);
}
