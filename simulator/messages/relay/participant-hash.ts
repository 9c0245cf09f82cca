import { createHash } from 'node:crypto';
import type { Account } from '../../accounts/account.ts';
import { HOSTED_DEVICE_ID, isLid, parseAddress } from '../../accounts/address.ts';
import { attribute, child, children } from '../../wire/stanza.ts';
import type { Envelope } from './envelope.ts';

const HASH_BYTES = 6;
const OTHER_HASH = '2:AAAAAAAA';

/**
 * The hash of the devices that the server counts among the participants of a message: those of the members of a group, or
 * of recipient and sender, all in the name space of the chat. Undefined for a message to one device, and for a message to
 * a person that names all devices. The sender compares it with what it addressed.
 */
export function participantHash(envelope: Envelope): string | undefined {
  const { message, chat, group, sender } = envelope;
  const { participant, to } = message.attrs;
  if (participant !== undefined || to !== chat) return undefined;
  if (sender.network.settings.otherHashes === true) return OTHER_HASH;
  if (group !== undefined) return hash(group.members.flatMap((member) => wireNames(member, group.settings.addressing)));
  const recipient = sender.network.directory.find(chat);
  const address = parseAddress(chat);
  if (recipient === undefined || address === undefined) return undefined;
  const space = isLid(address) ? 'lid' : 'pn';
  const parties = [...new Set([recipient, sender.account])];
  const addressed = addressedDevices(envelope);
  const missing = parties.some((account) =>
    account.devices.some((device) => device !== sender.companion && !addressed.has(`${account.phone}:${device.id}`)),
  );
  return missing ? hash(parties.flatMap((account) => wireNames(account, space))) : undefined;
}

/** The devices that a message to a person names, as `phone:device`. */
function addressedDevices({ message, sender }: Envelope): Set<string> {
  const participants = child(message, 'participants');
  const names = participants === undefined ? [] : children(participants, 'to');
  const found = names.map((to) => sender.network.directory.findDevice(attribute(to, 'jid') ?? ''));
  return new Set(found.flatMap((one) => (one === undefined ? [] : `${one.account.phone}:${one.device.id}`)));
}

/** `user.agent:device@server`, with which the hash is made; hosted devices are no participants. */
function wireNames(account: Account, space: 'lid' | 'pn'): string[] {
  const name = space === 'lid' ? account.lid : account.phone;
  const server = space === 'lid' ? 'lid' : 's.whatsapp.net';
  const devices = account.devices.filter(({ id }) => id !== HOSTED_DEVICE_ID);
  return devices.map(({ id }) => `${name}.0:${id}@${server}`);
}

function hash(names: readonly string[]): string {
  const digest = createHash('sha256')
    .update([...names].sort().join(''))
    .digest();
  return `2:${digest.subarray(0, HASH_BYTES).toString('base64').replace(/=+$/, '')}`;
}
