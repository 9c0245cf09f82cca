import type { WASocket } from '@whiskeysockets/baileys';
import { type Contact, contactOf } from '../../../domain/contact.ts';
import { isGroup, isLid, userOf, withoutDevice } from '../../../domain/jid.ts';
import type { SocketDevices } from '../devices/socket-devices.ts';

/** Whom a message goes to. */
export interface Recipient {
  /** The address on the stanza. */
  jid: string;
  contact: Contact;
}

/** `unknown`: nobody has this address; `unanswered`: WhatsApp did not answer a look-up. */
type Resolved = Recipient | 'unknown' | 'unanswered';

/**
 * Resolves an address that a caller gave to the one that WhatsApp wants: it refuses messages to the number of a person whom
 * it knows by LID (463), or does not show them on the sender's phone. A number that has no devices as it is written is
 * looked up, as WhatsApp may know it by another spelling. Rejects when WhatsApp refuses a look-up.
 */
export async function resolveRecipient(
  socket: WASocket,
  devices: Pick<SocketDevices, 'fanOut' | 'lookUps'>,
  to: string,
): Promise<Resolved> {
  const { lists } = devices.fanOut;
  if (isGroup(to)) return { jid: to, contact: contactOf(to) };
  if (isLid(to)) return byLid(socket, to);
  const asWritten = await byNumber(socket, lists, to);
  if (asWritten !== 'unknown') return asWritten;
  const found = await devices.lookUps.find(socket, userOf(to));
  if (found === null) return 'unanswered';
  const { jid = null, lid = null } = found.contact ?? {};
  if (jid === null) return lid === null ? 'unknown' : byLid(socket, lid);
  return jid === to ? 'unknown' : byNumber(socket, lists, jid);
}

/** Whether the LID has devices shows when the message is prepared for them. */
async function byLid({ signalRepository }: WASocket, lid: string): Promise<Recipient> {
  const number = await signalRepository.lidMapping.getPNForLID(lid);
  return { jid: lid, contact: { jid: number === null ? null : withoutDevice(number), lid, username: null } };
}

/**
 * WhatsApp names the LID with the devices of a number. What is known from before must not be used without asking now and
 * then: the number may have a new owner.
 */
async function byNumber(socket: WASocket, lists: SocketDevices['fanOut']['lists'], number: string): Promise<Resolved> {
  const before = await lidOf(socket, number);
  if (!(await lists.load(socket, before === null ? [number] : [number, before], false))) return 'unanswered';
  if (lists.listed([number]).length === 0) return 'unknown';
  const lid = await lidOf(socket, number);
  return { jid: lid ?? number, contact: { jid: number, lid, username: null } };
}

/** The stored LID of a number. Baileys' own look-up of one that has none would ask WhatsApp each time. */
async function lidOf({ authState: { keys } }: WASocket, number: string): Promise<string | null> {
  const user = userOf(number);
  const { [user]: lid } = await keys.get('lid-mapping', [user]);
  return lid === undefined ? null : `${lid}@lid`;
}
