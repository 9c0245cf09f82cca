import type { Account, Device } from '../../accounts/account.ts';
import { HOSTED_DEVICE_ID } from '../../accounts/address.ts';
import type { GroupRecord } from '../../groups/group-record.ts';
import type { Ciphertext } from '../../signal/ciphertext.ts';
import { attribute, child, children, type Stanza } from '../../wire/stanza.ts';
import { ciphertextsIn, resendCount } from '../enc-node.ts';
import type { Envelope } from './envelope.ts';
import type { Sender } from './sender.ts';

/** The part of a message for one device. */
export interface DevicePayload {
  readonly account: Account;
  readonly device: Device;
  readonly ciphertexts: readonly Ciphertext[];
  /** 0, or the number of the device's retry request that this answers. */
  readonly resend: number;
}

/** The payloads of a message for all its devices. Devices that do not exist or are not registered any more get none. */
export function devicePayloadsOf(envelope: Envelope): DevicePayload[] {
  return payloadsOf(envelope).filter(({ device }) => device.kind !== 'simulated' || device.keyless === undefined);
}

function payloadsOf(envelope: Envelope): DevicePayload[] {
  const { message, group, sender } = envelope;
  const { participant, to } = message.attrs;
  // A resend is for one device. Baileys encrypts it twice, the second time as if for several recipients; that is ignored.
  if (participant !== undefined) return payloadFor(participant, message, sender);
  if (group !== undefined) return forMembers(group, envelope);
  return child(message, 'enc') === undefined ? individualPayloads(envelope) : payloadFor(to, message, sender);
}

/** Every device of every member, hosted ones excepted, gets the shared ciphertext, after its own one with the sender key, if any. */
function forMembers(group: GroupRecord, envelope: Envelope): DevicePayload[] {
  const { message, sender } = envelope;
  const keyFor = new Map(individualPayloads(envelope).map(({ device, ciphertexts }) => [device, ciphertexts]));
  const shared = ciphertextsIn(message);
  return group.members.flatMap((account) =>
    account.devices
      .filter((device) => device !== sender.companion && device.id !== HOSTED_DEVICE_ID)
      .map((device) => ({ account, device, ciphertexts: [...(keyFor.get(device) ?? []), ...shared], resend: 0 })),
  );
}

/** The payloads that are encrypted for each device individually. */
function individualPayloads({ message, sender }: Envelope): DevicePayload[] {
  const participants = child(message, 'participants');
  const list = participants === undefined ? [] : children(participants, 'to');
  return list.flatMap((to) => payloadFor(attribute(to, 'jid'), to, sender));
}

function payloadFor(jid: string | undefined, holder: Stanza, { network }: Sender): DevicePayload[] {
  const found = network.directory.findDevice(jid ?? '');
  return found === undefined ? [] : [{ ...found, ciphertexts: ciphertextsIn(holder), resend: resendCount(holder) }];
}
