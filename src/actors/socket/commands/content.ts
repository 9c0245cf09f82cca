import {
  type AnyMessageContent,
  generateWAMessageContent,
  type MiscMessageGenerationOptions,
  proto,
} from '@whiskeysockets/baileys';
import type { Content, Quoted } from '../../../domain/message.ts';

/** Our content in Baileys' form. Link previews are off: the gateway never fetches linked pages. */
export function toBaileysContent(content: Content, chat: string): AnyMessageContent {
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
      return { text: content.text, linkPreview: null, edit: { remoteJid: chat, fromMe: true, id: content.target } };
  }
}

/** The message that a text quotes, in Baileys' form. */
export function quotedOption(content: Content): Pick<MiscMessageGenerationOptions, 'quoted'> {
  if (content.type !== 'text' || content.quoted === null) return {};
  return { quoted: { key: keyOf(content.quoted), message: proto.Message.decode(fromBase64(content.quoted.proto)) } };
}

function keyOf({ id, chat, fromMe, sender }: Quoted): proto.IMessageKey {
  return { id, remoteJid: chat, fromMe, ...(sender !== null && { participant: sender }) };
}

/** Encodes a message as WhatsApp does, in base64: it is stored for quotes, for retries, and to decrypt votes. */
export async function encodeContent(content: Content): Promise<string> {
  const message = await generateWAMessageContent(toBaileysContent(content, ''), { upload: neverUpload });
  return toBase64(message);
}

/** The same for a received message. */
export function toBase64(message: proto.IMessage): string {
  return Buffer.from(proto.Message.encode(message).finish()).toString('base64');
}

export function fromBase64(encoded: string): Uint8Array {
  return Buffer.from(encoded, 'base64');
}

function neverUpload(): never {
  throw new Error('this content must not be uploaded');
}
