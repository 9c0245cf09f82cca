import type { Companion } from '../../accounts/companion.ts';
import { deliverOrQueue } from '../../connection/offline-queue.ts';
import { child, stanza, timestamp } from '../../wire/stanza.ts';
import { authorAttributes } from '../author.ts';
import { encNode } from '../enc-node.ts';
import type { DevicePayload } from './device-payload.ts';
import type { Envelope } from './envelope.ts';

/** A recipient that is a real client gets the stanza, at once or when it comes back. */
export function relay(
  { account, device, seals, resend }: DevicePayload & { readonly device: Companion },
  { message, sender, chat, group, id }: Envelope,
): void {
  const { type, edit } = message.attrs;
  const attributes = {
    ...authorAttributes(sender.account, sender.companion.id, group),
    // Tells the sender's own other devices which chat the message belongs to.
    recipient: group === undefined && account === sender.account ? chat : undefined,
    ...{ id, type, edit, t: timestamp(), notify: sender.account.name },
  };
  const content = seals.map((sealed) => encNode(sealed, resend));
  const identity = child(message, 'device-identity');
  if (identity !== undefined && seals.some((sealed) => sealed.type === 'pkmsg')) content.push(identity);
  deliverOrQueue(stanza('message', attributes, content), device, sender.network);
}
