import type { GroupMetadata, GroupParticipant, proto } from '@whiskeysockets/baileys';
import { userOf } from '../../../domain/jid.ts';
import { disappearing } from './compose-message.ts';

/**
 * A message as the members of a group are to get it, by the group as it is now: it disappears after the time that holds
 * there, and names members in the group's own name space, numbers or LIDs. A mention in the other one shows as digits and
 * notifies nobody. Who is no member stays as given.
 */
export function forGroup(message: proto.IMessage, group: GroupMetadata): proto.IMessage {
  const { id, ephemeralDuration = 0 } = group;
  return disappearing(withNamesOf(message, namesIn(group)), id, { seconds: ephemeralDuration });
}

/** The name of each member in the group, by either of its addresses. */
type Names = ReadonlyMap<string, string>;

function namesIn({ participants }: GroupMetadata): Names {
  return new Map(participants.flatMap((member) => addressesOf(member).map((address) => [address, member.id])));
}

function addressesOf({ id, lid, phoneNumber }: GroupParticipant): string[] {
  return [id, lid, phoneNumber].filter((address) => address !== undefined);
}

/** Only texts name anybody, also as the new text of an edit. */
function withNamesOf(message: proto.IMessage, names: Names): proto.IMessage {
  const { extendedTextMessage, protocolMessage } = message;
  if (extendedTextMessage != null) return { ...message, extendedTextMessage: named(extendedTextMessage, names) };
  if (protocolMessage?.editedMessage == null) return message;
  const editedMessage = withNamesOf(protocolMessage.editedMessage, names);
  return { ...message, protocolMessage: { ...protocolMessage, editedMessage } };
}

function named(part: proto.Message.IExtendedTextMessage, names: Names): proto.Message.IExtendedTextMessage {
  const { contextInfo, text } = part;
  if (contextInfo == null) return part;
  const nameOf = (jid: string): string => names.get(jid) ?? jid;
  const mentioned = new Set((contextInfo.mentionedJid ?? []).map(nameOf));
  // The text may have the digits of either address.
  const users = new Map(
    [...names].flatMap(([address, name]) => (mentioned.has(name) ? [[userOf(address), name]] : [])),
  );
  const participant = contextInfo.participant == null ? {} : { participant: nameOf(contextInfo.participant) };
  const named = { ...contextInfo, ...participant, mentionedJid: [...mentioned] };
  return { ...part, contextInfo: named, ...(text != null && { text: withNames(text, users) }) };
}

/** Replaces `@` and digits that are a mention. */
function withNames(text: string, users: ReadonlyMap<string, string>): string {
  return text.replaceAll(/@(\d+)/g, (mention, user: string) => {
    const name = users.get(user);
    return name === undefined ? mention : `@${userOf(name)}`;
  });
}
