import { type BinaryNode, jidNormalizedUser, type WAMessageKey, type WASocket } from '@whiskeysockets/baileys';
import { type Contact, contactOf, isPerson, isSameContact, mergeContacts } from '../../../domain/contact.ts';
import { isLid } from '../../../domain/jid.ts';
import type { People } from '../../../domain/message.ts';

/** Our own addresses, by phone number and by LID. */
export interface OwnAddresses {
  id: string;
  lid?: string | undefined;
}

/**
 * The chat and the sender of a message with all their addresses that its key has; the sender is null for our own messages.
 * In a chat of two Baileys names the username only for what our own phone has written.
 */
export function peopleIn(key: WAMessageKey, own: OwnAddresses | undefined): People {
  const { remoteJid, remoteJidAlt, remoteJidUsername, participant, participantAlt, participantUsername } = key;
  const isOwn = key.fromMe === true;
  const chat = contactOf(remoteJid ?? '');
  if (isPerson(chat)) {
    const person = completed(chat, remoteJidAlt, isOwn ? remoteJidUsername : null, own);
    return { chat: person, sender: isOwn ? null : person };
  }
  const sender = contactOf(participant || remoteJid || '');
  return { chat, sender: isOwn ? null : completed(sender, participantAlt, participantUsername, own) };
}

/**
 * The person on the other side of a direct message, as its stanza names them and Baileys does not: the sender's username,
 * and of what our own phone wrote, the recipient's other address. Null when Baileys names everything.
 */
export function contactIn({ attrs }: BinaryNode, own: OwnAddresses | undefined): Contact | null {
  const { from = '', recipient, username } = attrs;
  const chat = contactOf(jidNormalizedUser(recipient ?? from));
  if (!isPerson(chat) || isOurs(chat, own)) return null;
  if (recipient === undefined) return username === undefined ? null : { ...chat, username };
  const { peer_recipient_pn: jid, peer_recipient_lid: lid, peer_recipient_username: name } = attrs;
  return jid === undefined && lid === undefined ? null : completed(chat, chat.lid === null ? lid : jid, name, own);
}

/** A contact with an address of the other kind. One of ours is none of theirs: it names who wrote the message. */
function completed(
  contact: Contact,
  alternate: string | null | undefined,
  username: string | null | undefined,
  own: OwnAddresses | undefined,
): Contact {
  const other = contactOf(jidNormalizedUser(alternate ?? ''));
  const isOther = isPerson(other) && (other.lid === null) !== (contact.lid === null) && !isOurs(other, own);
  const complete = isOther ? mergeContacts(contact, other) : contact;
  return username == null || username === '' ? complete : { ...complete, username };
}

export function ownContact({ id, lid }: OwnAddresses): Contact {
  return { jid: jidNormalizedUser(id), lid: lid === undefined ? null : jidNormalizedUser(lid), username: null };
}

/** The other address of a person, by phone number or by LID, that Baileys knows or WhatsApp names; null when there is none. */
export function alternateOf(
  { signalRepository }: Pick<WASocket, 'signalRepository'>,
  jid: string,
): Promise<string | null> {
  const { lidMapping } = signalRepository;
  return isLid(jid) ? lidMapping.getPNForLID(jid) : lidMapping.getLIDForPN(jid);
}

function isOurs(contact: Contact, own: OwnAddresses | undefined): boolean {
  return own !== undefined && isSameContact(contact, ownContact(own));
}
