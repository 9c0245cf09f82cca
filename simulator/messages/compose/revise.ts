import { proto } from '@whiskeysockets/baileys';
import type { Account } from '../../accounts/account.ts';
import { phoneOf } from '../../accounts/address.ts';
import type { MessageNetwork } from '../network.ts';
import { send } from './send.ts';

const { Type } = proto.Message.ProtocolMessage;

/** Edits one of the sender's messages. Resolves and rejects like `send`. */
export function edit(from: Account, to: string, id: string, text: string, network: MessageNetwork): Promise<string> {
  const editedMessage = { conversation: text };
  const protocolMessage = {
    type: Type.MESSAGE_EDIT,
    key: key(to, id, network),
    editedMessage,
    timestampMs: Date.now(),
  };
  return send(from, to, { protocolMessage }, network);
}

/** Revokes one of the sender's messages. Resolves and rejects like `send`. */
export function revoke(from: Account, to: string, id: string, network: MessageNetwork): Promise<string> {
  return send(from, to, { protocolMessage: { type: Type.REVOKE, key: key(to, id, network) } }, network);
}

/** The message key from the sender's point of view. */
function key(to: string, id: string, { directory }: MessageNetwork): proto.IMessageKey {
  const remoteJid = to.endsWith('@g.us') ? to : directory.byPhone(phoneOf(to, 'to'))?.address();
  return { remoteJid: remoteJid ?? null, fromMe: true, id };
}
