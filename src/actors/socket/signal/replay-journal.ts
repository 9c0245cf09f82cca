import {
  type Contact,
  cleanMessage,
  decodeMessageNode,
  proto,
  unpadRandomMax16,
  type WAMessage,
} from '@whiskeysockets/baileys';
import type { JournaledMessage } from '../../../store/records/messages/inbound-journal.ts';

/** A journaled message as Baileys would have emitted it. Throws when it cannot be parsed. */
export function replayed({ attrs, parts }: JournaledMessage, me: Contact): WAMessage {
  const lid = me.lid ?? '';
  const { fullMessage } = decodeMessageNode({ tag: 'message', attrs }, me.id, lid);
  const contents = parts.map(({ plaintext }) =>
    proto.Message.decode(unpadRandomMax16(Buffer.from(plaintext, 'base64'))),
  );
  fullMessage.message = Object.assign({}, ...contents.map((content) => content.deviceSentMessage?.message ?? content));
  cleanMessage(fullMessage, me.id, lid);
  return fullMessage;
}
