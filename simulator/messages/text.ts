import type { proto } from '@whiskeysockets/baileys';

/** What a person would read: the text, the caption, or the new text of an edit. */
export function textOf(message: proto.IMessage): string | undefined {
  const edited = message.protocolMessage?.editedMessage;
  if (edited !== null && edited !== undefined) return textOf(edited);
  const media = message.imageMessage ?? message.videoMessage ?? message.documentMessage;
  return message.conversation || message.extendedTextMessage?.text || media?.caption || undefined;
}
