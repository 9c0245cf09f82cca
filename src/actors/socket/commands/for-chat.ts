import type { Contact, GroupMetadata, GroupParticipant, proto } from '@whiskeysockets/baileys';
import { isLid, userOf, withoutDevice } from '../../../domain/jid.ts';
import { disappearing } from './compose-message.ts';

/** What a message depends on that holds when it is sent, or sent again. */
export interface ChatNow {
  /** Of a group. */
  group: GroupMetadata | undefined;
  me: Contact | undefined;
}

/**
 * A message as it is to arrive in a chat. It names people in the chat's own name space, numbers or LIDs: a mention in the
 * other one shows as digits and notifies nobody. Who is not in the chat stays as given. In a group it disappears after the
 * time that holds there.
 */
export function forChat(message: proto.IMessage, chat: string, { group, me }: ChatNow): proto.IMessage {
  if (group === undefined) return isLid(chat) ? withNamesOf(message, ownName(me)) : message;
  return disappearing(withNamesOf(message, namesIn(group)), chat, { seconds: group.ephemeralDuration ?? 0 });
}

/** In the chat with a LID this number is known by its own LID. */
function ownName(me: Contact | undefined): Names {
  if (me?.lid === undefined) return new Map();
  return new Map([[withoutDevice(me.id), withoutDevice(me.lid)]]);
}

/** The name of each person in the chat, by either of its addresses. */
type Names = ReadonlyMap<string, string>;

/** A member's name in the group is the address that the group has it by. */
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
