import {
  extractMessageContent,
  getContentType,
  normalizeMessageContent,
  type proto,
  type WAMessage,
} from '@whiskeysockets/baileys';
import { isChat } from '../../../domain/jid.ts';
import type { ReceivedMessage } from '../../../domain/message.ts';
import { toBase64 } from '../commands/content.ts';
import { type OwnAddresses, peopleIn } from './people.ts';
import { epochMs } from './server-time.ts';

/** Our names of message types; types that are not listed are `other`. */
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

/** Types that no person wrote, or that have events of their own. */
const silentTypes = new Set([
  'protocolMessage',
  'senderKeyDistributionMessage',
  'pollUpdateMessage',
  'messageContextInfo',
]);

/**
 * A message that a person wrote in a chat, from Baileys' form; null for anything else, such as stories, posts of channels and
 * what went to a broadcast list. Messages are untrusted input: only these
 * fields are copied.
 */
export function toReceived(message: WAMessage, now: number, own?: OwnAddresses): ReceivedMessage | null {
  const { key } = message;
  const content = extractMessageContent(message.message);
  const kind = getContentType(normalizeMessageContent(message.message) ?? undefined);
  if (content == null || kind === undefined || silentTypes.has(kind) || key.id == null || !isChat(key.remoteJid)) {
    return null;
  }
  const type = types[kind] ?? 'other';
  const fromMe = key.fromMe === true;
  const context = contextOf(content);
  return {
    id: key.id,
    chat: key.remoteJid,
    fromMe,
    // Outside groups the participant is an empty string.
    sender: fromMe ? null : key.participant || key.remoteJid,
    type,
    proto: toBase64(content),
    timestamp: epochMs(message.messageTimestamp, now),
    body: bodyOf(content),
    hasMedia: mediaTypes.has(type),
    replyTo: context?.stanzaId ?? null,
    mentions: context?.mentionedJid ?? [],
    pushName: message.pushName ?? null,
    people: peopleIn(key, own),
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
