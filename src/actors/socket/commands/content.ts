import { type AnyMessageContent, type MiscMessageGenerationOptions, proto } from '@whiskeysockets/baileys';
import type { Content, Quoted } from '../../../domain/message.ts';

/**
 * Our content in Baileys' form; that of an edit is the new text. Link previews are off: the gateway never fetches linked
 * pages.
 */
export function toBaileysContent(content: Content): AnyMessageContent {
  switch (content.type) {
    case 'text':
      return { text: content.text, mentions: [...content.mentions], linkPreview: null };
    case 'poll': {
      const { name, options, selectableCount, secret } = content;
      return { poll: { name, values: [...options], selectableCount, messageSecret: Buffer.from(secret, 'base64') } };
    }
    case 'location': {
      const { latitude, longitude, name } = content;
      return { location: { degreesLatitude: latitude, degreesLongitude: longitude, name } };
    }
    case 'contact':
      return {
        contacts: { displayName: content.name, contacts: [{ displayName: content.name, vcard: content.vcard }] },
      };
    case 'edit':
      return { text: content.text, mentions: [...(content.context?.mentions ?? [])], linkPreview: null };
  }
}

/** The message that a text quotes, in Baileys' form. */
export function quotedOption(content: Content): Pick<MiscMessageGenerationOptions, 'quoted'> {
  const quoted = quotedBy(content);
  if (quoted === null) return {};
  return { quoted: { key: keyOf(quoted), message: proto.Message.decode(fromBase64(quoted.proto)) } };
}

function quotedBy(content: Content): Quoted | null {
  if (content.type === 'edit') return content.context?.quoted ?? null;
  return content.type === 'text' ? content.quoted : null;
}

function keyOf({ id, chat, fromMe, sender }: Quoted): proto.IMessageKey {
  return { id, remoteJid: chat, fromMe, ...(sender !== null && { participant: sender }) };
}

/** Encodes a message as WhatsApp does, in base64: it is stored for quotes, for retries, and to decrypt votes. */
export function toBase64(message: proto.IMessage): string {
  return Buffer.from(proto.Message.encode(message).finish()).toString('base64');
}

export function fromBase64(encoded: string): Uint8Array {
  return Buffer.from(encoded, 'base64');
}
