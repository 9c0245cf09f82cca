import {
  extractMessageContent,
  getContentType,
  normalizeMessageContent,
  type proto,
  type WAMessage,
} from '@whiskeysockets/baileys';
import type { ReceivedMessage } from '../../../domain/message.ts';
import { toBase64 } from '../content.ts';
import { epochMs } from './server-time.ts';

/** Our names for what messages carry; whatever is not listed is `other`. */
const types: Record<string, string> = {
  conversation: 'text',
  extendedTextMessage: 'text',
  imageMessage: 'image',
  videoMessage: 'video',
  ptvMessage: 'video',
  audioMessage: 'audio',
  documentMessage: 'document',
  stickerMessage: 'sticker',
  locationMessage: 'location',
  liveLocationMessage: 'location',
  contactMessage: 'contact',
  contactsArrayMessage: 'contact',
  pollCreationMessage: 'poll',
  pollCreationMessageV2: 'poll',
  pollCreationMessageV3: 'poll',
  reactionMessage: 'reaction',
};

const mediaTypes = new Set(['image', 'video', 'audio', 'document', 'sticker']);

/** Carried by messages between devices; no person wrote them, or they are told by events of their own. */
const silentTypes = new Set([
  'protocolMessage',
  'senderKeyDistributionMessage',
  'pollUpdateMessage',
  'messageContextInfo',
]);

/**
 * What a person wrote, from a message as Baileys hands it over; null for anything else. What comes from others is
 * hostile: nothing but these fields is taken over.
 */
export function toReceived(message: WAMessage, now: number): ReceivedMessage | null {
  const { key } = message;
  const content = extractMessageContent(message.message);
  const kind = getContentType(normalizeMessageContent(message.message) ?? undefined);
  if (content == null || kind === undefined || silentTypes.has(kind) || key.id == null || key.remoteJid == null) {
    return null;
  }
  const type = types[kind] ?? 'other';
  const fromMe = key.fromMe === true;
  const context = contextOf(content);
  return {
    id: key.id,
    chat: key.remoteJid,
    fromMe,
    // In a chat of two the participant is there, but empty.
    sender: fromMe ? null : key.participant || key.remoteJid,
    type,
    proto: toBase64(content),
    timestamp: epochMs(message.messageTimestamp, now),
    body: bodyOf(content),
    hasMedia: mediaTypes.has(type),
    replyTo: context?.stanzaId ?? null,
    mentions: context?.mentionedJid ?? [],
    pushName: message.pushName ?? null,
  };
}

function contextOf(content: proto.IMessage): proto.IContextInfo | null | undefined {
  const { extendedTextMessage, imageMessage, videoMessage, audioMessage, documentMessage, stickerMessage } = content;
  const carriers = [extendedTextMessage, imageMessage, videoMessage, audioMessage, documentMessage, stickerMessage];
  return carriers.find((carrier) => carrier != null)?.contextInfo;
}

function bodyOf(content: proto.IMessage): string | null {
  const poll = content.pollCreationMessage ?? content.pollCreationMessageV2 ?? content.pollCreationMessageV3;
  const candidates = [
    content.conversation,
    content.extendedTextMessage?.text,
    content.imageMessage?.caption,
    content.videoMessage?.caption,
    content.documentMessage?.caption,
    poll?.name,
    content.locationMessage?.name,
    content.contactMessage?.displayName,
    content.reactionMessage?.text,
  ];
  return candidates.find((candidate) => candidate != null && candidate !== '') ?? null;
}
