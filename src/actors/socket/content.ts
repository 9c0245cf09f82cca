import {
  type AnyMessageContent,
  generateWAMessageContent,
  type MiscMessageGenerationOptions,
  proto,
} from '@whiskeysockets/baileys';
import type { Content, Quoted } from '../../domain/message.ts';

/** Our content in Baileys' words. Link previews are off: the gateway never fetches what a message links to. */
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

/** The message that a text quotes, in the form that Baileys takes it. */
export function quotedOption(content: Content): Pick<MiscMessageGenerationOptions, 'quoted'> {
  if (content.type !== 'text' || content.quoted === null) return {};
  return { quoted: { key: keyOf(content.quoted), message: proto.Message.decode(fromBase64(content.quoted.proto)) } };
}

function keyOf({ id, chat, fromMe, sender }: Quoted): proto.IMessageKey {
  return { id, remoteJid: chat, fromMe, ...(sender !== null && { participant: sender }) };
}

/** A message as WhatsApp encodes it, in base64: to be kept for quoting, for retries, and to read votes. */
export async function encodeContent(content: Content): Promise<string> {
  const message = await generateWAMessageContent(toBaileysContent(content, ''), { upload: neverUpload });
  return toBase64(message);
}

/** The same for a message as it was received. */
export function toBase64(message: proto.IMessage): string {
  return Buffer.from(proto.Message.encode(message).finish()).toString('base64');
}

export function fromBase64(encoded: string): Uint8Array {
  return Buffer.from(encoded, 'base64');
}

function neverUpload(): never {
  throw new Error('no content of ours is uploaded');
}
