import type { Contact, GroupMetadata, GroupParticipant } from '@whiskeysockets/baileys';
import { userOf, withoutDevice } from '../../../domain/jid.ts';
import type { Content, Quoted } from '../../../domain/message.ts';

/**
 * The content as the members of a group are to get it: they are named in the group's own name space, numbers or LIDs. A
 * mention in the other one shows as digits and notifies nobody. Who is no member stays as given.
 */
export function namedAsInGroup(content: Content, group: GroupMetadata, own: Pick<Contact, 'id'> | undefined): Content {
  if (content.type !== 'text' || (content.mentions.length === 0 && content.quoted === null)) return content;
  const names = namesIn(group);
  const nameOf = (jid: string): string => names.get(jid) ?? jid;
  const mentions = new Set(content.mentions.map(nameOf));
  // The text may have the digits of either address.
  const mentioned = [...names].filter(([, name]) => mentions.has(name));
  return {
    ...content,
    mentions: [...mentions],
    text: withNames(content.text, new Map(mentioned.map(([address, name]) => [userOf(address), userOf(name)]))),
    quoted: content.quoted === null ? null : quotedAs(content.quoted, nameOf, own?.id),
  };
}

/** The name of each member in the group, by either of its addresses. */
function namesIn({ participants }: GroupMetadata): Map<string, string> {
  return new Map(participants.flatMap((member) => addressesOf(member).map((address) => [address, member.id])));
}

function addressesOf({ id, lid, phoneNumber }: GroupParticipant): string[] {
  return [id, lid, phoneNumber].filter((address) => address !== undefined);
}

/** Replaces `@` and digits that are a mention. */
function withNames(text: string, users: ReadonlyMap<string, string>): string {
  return text.replaceAll(/@(\d+)/g, (mention, user: string) => {
    const name = users.get(user);
    return name === undefined ? mention : `@${name}`;
  });
}

/** Baileys names us by our number in a quote of ours, so in a group of LIDs the quote names us as it does others. */
function quotedAs(quoted: Quoted, nameOf: (jid: string) => string, own: string | undefined): Quoted {
  if (!quoted.fromMe) return { ...quoted, sender: quoted.sender === null ? null : nameOf(quoted.sender) };
  if (own === undefined) return quoted;
  const byNumber = withoutDevice(own);
  const name = nameOf(byNumber);
  return name === byNumber ? quoted : { ...quoted, fromMe: false, sender: name };
}
