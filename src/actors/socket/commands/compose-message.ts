import { type GroupMetadata, generateWAMessage, generateWAMessageFromContent, proto } from '@whiskeysockets/baileys';
import type { ChatTimer } from '../../../domain/chat-timer.ts';
import { chatOnWire, type OutboxRow, recipientOf } from '../../../domain/outbox.ts';
import type { StanzaOptions } from '../devices/resend.ts';
import type { Outgoing } from '../port.ts';
import { fromBase64, quotedOption, toBaileysContent, toBase64 } from './content.ts';
import type { Recipient } from './recipient.ts';

/**
 * The message as WhatsApp's clients decrypt it. The same whenever it is composed: at each attempt, for storing it, and for a
 * device that asks for it again. `own` is the number's address.
 */
export async function composeMessage(outgoing: Outgoing, recipient: Recipient, own: string): Promise<proto.IMessage> {
  const { content, acceptedAt, secret, timer } = outgoing;
  const { jid: to } = recipient;
  if (content.type === 'unsupported') throw new Error('this content cannot be composed');
  const options = { userJid: own, upload: neverUpload, ...quotedOption(content, recipient) };
  const { message: plain } = await generateWAMessage(to, toBaileysContent(content), options);
  if (plain == null) throw new Error('a message was composed without content');
  const message = content.type === 'edit' ? plain : disappearing(plain, to, timer);
  const composed = content.type === 'edit' ? editOf(message, { to, target: content.target, acceptedAt }) : message;
  return secret === undefined ? composed : withSecret(composed, secret);
}

/** Writes the timer of the chat into a message that does not say itself how long it stays. An edit has that of its target. */
export function disappearing(message: proto.IMessage, chat: string, timer: ChatTimer | undefined): proto.IMessage {
  if (timer === undefined || timer.seconds === 0) return message;
  const options = { userJid: '', ephemeralExpiration: timer.seconds };
  const timed = generateWAMessageFromContent(chat, message, options).message ?? message;
  for (const part of Object.values(timed)) {
    const { contextInfo } = typeof part === 'object' && part !== null && 'contextInfo' in part ? part : {};
    if (contextInfo != null && timer.setAt !== undefined) contextInfo.ephemeralSettingTimestamp = timer.setAt;
  }
  return timed;
}

/** A message as it is composed, encoded for the store in base64. */
export async function encodeMessage(row: OutboxRow): Promise<string> {
  const recipient = { jid: chatOnWire(row), contact: recipientOf(row) };
  return toBase64(await composeMessage(row, recipient, row.account ?? ''));
}

/** What replaces the target: Baileys would put the quote of an edit where no client looks for it. */
function editOf(
  { messageContextInfo, ...editedMessage }: proto.IMessage,
  { to, target, acceptedAt }: { to: string; target: string; acceptedAt: number },
): proto.IMessage {
  const key = { remoteJid: to, fromMe: true, id: target };
  const type = proto.Message.ProtocolMessage.Type.MESSAGE_EDIT;
  const protocolMessage = { key, type, editedMessage, timestampMs: acceptedAt };
  return proto.Message.create({ protocolMessage, ...(messageContextInfo && { messageContextInfo }) });
}

/** In place of the one that Baileys makes up each time. A poll has its own, which votes are encrypted with. */
function withSecret(message: proto.IMessage, secret: string): proto.IMessage {
  if (isPoll(message)) return message;
  const messageContextInfo = { ...message.messageContextInfo, messageSecret: fromBase64(secret) };
  return proto.Message.create({ ...message, messageContextInfo });
}

/**
 * What the stanza of a message, to a group if one is given, says outside its encryption, the same at each attempt. Baileys
 * itself writes the timer of a group into the first one only.
 */
export function stanzaOptions(message: proto.IMessage, group?: GroupMetadata): StanzaOptions {
  const isEdit = message.protocolMessage?.type === proto.Message.ProtocolMessage.Type.MESSAGE_EDIT;
  const expiration = group?.ephemeralDuration ? { expiration: String(group.ephemeralDuration) } : {};
  return {
    additionalAttributes: { ...(isEdit && { edit: '1' }), ...expiration },
    additionalNodes: isPoll(message) ? [{ tag: 'meta', attrs: { polltype: 'creation' } }] : [],
  };
}

function isPoll({ pollCreationMessage, pollCreationMessageV2, pollCreationMessageV3 }: proto.IMessage): boolean {
  return (pollCreationMessage ?? pollCreationMessageV2 ?? pollCreationMessageV3) != null;
}

function neverUpload(): never {
  throw new Error('this content must not be uploaded');
}
