import { proto } from '@whiskeysockets/baileys';
import type { Poll } from '../ledger/entries.ts';

/** The readable text: the text, the caption, or the new text of an edit. */
export function textOf(message: proto.IMessage): string | undefined {
  const edited = message.protocolMessage?.editedMessage;
  if (edited !== null && edited !== undefined) return textOf(edited);
  const media = message.imageMessage ?? message.videoMessage ?? message.documentMessage;
  return message.conversation || message.extendedTextMessage?.text || media?.caption || undefined;
}

/** The id of the message that this one edits. */
export function editedId({ protocolMessage }: proto.IMessage): string | undefined {
  const edits = protocolMessage?.type === proto.Message.ProtocolMessage.Type.MESSAGE_EDIT;
  return edits ? (protocolMessage.key?.id ?? undefined) : undefined;
}

/** Polls exist in three versions, which differ in where they may be sent. */
export function pollOf(message: proto.IMessage): Poll | undefined {
  const poll = message.pollCreationMessage ?? message.pollCreationMessageV2 ?? message.pollCreationMessageV3;
  if (poll === null || poll === undefined) return undefined;
  return {
    question: poll.name ?? '',
    options: (poll.options ?? []).map(({ optionName }) => optionName ?? ''),
    selectableCount: poll.selectableOptionsCount ?? 0,
  };
}

/** The attribute `type` of the stanza that carries the message. */
export function stanzaTypeOf(message: proto.IMessage): string {
  if (pollOf(message) !== undefined || message.pollUpdateMessage) return 'poll';
  if (message.reactionMessage) return 'reaction';
  const { imageMessage, videoMessage, audioMessage, documentMessage, stickerMessage, contactMessage } = message;
  const media = imageMessage ?? videoMessage ?? audioMessage ?? documentMessage ?? stickerMessage ?? contactMessage;
  return media === null || media === undefined ? 'text' : 'media';
}

/**
 * The attribute `edit` of a stanza that changes an earlier message: 1 for an edit, 7 for revoking one's own message.
 */
export function editAttributeOf({ protocolMessage }: proto.IMessage): string | undefined {
  const { Type } = proto.Message.ProtocolMessage;
  if (protocolMessage?.type === Type.MESSAGE_EDIT) return '1';
  return protocolMessage?.key && protocolMessage.type === Type.REVOKE ? '7' : undefined;
}
