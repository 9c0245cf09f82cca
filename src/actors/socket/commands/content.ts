import { type AnyMessageContent, type MiscMessageGenerationOptions, proto } from '@whiskeysockets/baileys';
import type { Content, Quoted } from '../../../domain/message.ts';
import type { Recipient } from './recipient.ts';

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
export function quotedOption(content: Content, recipient: Recipient): Pick<MiscMessageGenerationOptions, 'quoted'> {
  const quoted = quotedBy(content);
  if (quoted === null) return {};
  return { quoted: { key: keyOf(quoted, recipient), message: proto.Message.decode(fromBase64(quoted.proto)) } };
}

function quotedBy(content: Content): Quoted | null {
  if (content.type === 'edit') return content.context?.quoted ?? null;
  return content.type === 'text' ? content.quoted : null;
}

/**
 * A message of the same chat may be known under the person's other address: it is named by the one that the reply goes to,
 * as recipients would take it for a message of another chat.
 */
function keyOf({ id, chat, fromMe, sender }: Quoted, { jid, contact }: Recipient): proto.IMessageKey {
  const ownAddresses = [contact.jid, contact.lid];
  const inChat = (address: string) => (ownAddresses.includes(address) ? jid : address);
  return { id, remoteJid: inChat(chat), fromMe, ...(sender !== null && { participant: inChat(sender) }) };
}

/** Encodes a message as WhatsApp does, in base64: it is stored for quotes, for retries, and to decrypt votes. */
export function toBase64(message: proto.IMessage): string {
  return Buffer.from(proto.Message.encode(message).finish()).toString('base64');
}

export function fromBase64(encoded: string): Uint8Array {
  return Buffer.from(encoded, 'base64');
}
