import type { Account, Device } from '../../accounts/account.ts';
import type { GroupRecord } from '../../groups/group-record.ts';
import type { Ciphertext } from '../../signal/ciphertext.ts';
import { attribute, child, children, type Stanza } from '../../wire/stanza.ts';
import { ciphertextsIn, resendCount } from '../enc-node.ts';
import type { Envelope } from './envelope.ts';
import type { Sender } from './sender.ts';

/** What one device gets of a message. */
export interface DevicePayload {
  readonly account: Account;
  readonly device: Device;
  readonly seals: readonly Ciphertext[];
  /** 0, or which request of the device for the message this answers. */
  readonly resend: number;
}

/** The parts of the message, by the devices that they are meant for. Devices that do not exist get none. */
export function devicePayloadsOf(envelope: Envelope): DevicePayload[] {
  const { message, group, sender } = envelope;
  const { participant, to } = message.attrs;
  // A resend is for one device. Baileys encrypts it twice, the second time as if there were several recipients.
  if (participant !== undefined) return parcel(participant, message, sender);
  if (group !== undefined) return forMembers(group, envelope);
  return child(message, 'enc') === undefined ? addressed(envelope) : parcel(to, message, sender);
}

/** Every device of every member gets what is for all; what is for it alone, the sender's key, comes before. */
function forMembers(group: GroupRecord, envelope: Envelope): DevicePayload[] {
  const { message, sender } = envelope;
  const keyFor = new Map(addressed(envelope).map(({ device, seals }) => [device, seals]));
  const shared = ciphertextsIn(message);
  return group.members.flatMap((account) =>
    account.devices
      .filter((device) => device !== sender.companion)
      .map((device) => ({ account, device, seals: [...(keyFor.get(device) ?? []), ...shared], resend: 0 })),
  );
}

/** What is encrypted for each device on its own. */
function addressed({ message, sender }: Envelope): DevicePayload[] {
  const participants = child(message, 'participants');
  const list = participants === undefined ? [] : children(participants, 'to');
  return list.flatMap((to) => parcel(attribute(to, 'jid'), to, sender));
}

function parcel(jid: string | undefined, holder: Stanza, { network }: Sender): DevicePayload[] {
  const found = network.directory.findDevice(jid ?? '');
  return found === undefined ? [] : [{ ...found, seals: ciphertextsIn(holder), resend: resendCount(holder) }];
}
