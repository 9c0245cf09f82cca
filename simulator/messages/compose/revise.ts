import { proto } from '@whiskeysockets/baileys';
import type { Account } from '../../accounts/account.ts';
import { phoneJid, phoneOf } from '../../accounts/address.ts';
import type { MessageNetwork } from '../network.ts';
import { send } from './send.ts';

const { Type } = proto.Message.ProtocolMessage;

/** The writer gives one of their messages a new text. Resolves and rejects like `send`. */
export function edit(from: Account, to: string, id: string, text: string, network: MessageNetwork): Promise<string> {
  const editedMessage = { conversation: text };
  const protocolMessage = { type: Type.MESSAGE_EDIT, key: key(to, id), editedMessage, timestampMs: Date.now() };
  return send(from, to, { protocolMessage }, network);
}

/** The writer takes one of their messages back. Resolves and rejects like `send`. */
export function revoke(from: Account, to: string, id: string, network: MessageNetwork): Promise<string> {
  return send(from, to, { protocolMessage: { type: Type.REVOKE, key: key(to, id) } }, network);
}

/** As the writer sees the message. */
function key(to: string, id: string): proto.IMessageKey {
  return { remoteJid: to.endsWith('@g.us') ? to : phoneJid(phoneOf(to, 'to')), fromMe: true, id };
}
