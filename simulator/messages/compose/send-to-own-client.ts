import type { proto } from '@whiskeysockets/baileys';
import type { Account } from '../../accounts/account.ts';
import type { Companion } from '../../accounts/companion.ts';
import { timestamp } from '../../wire/stanza.ts';
import { authorAttributes } from '../author.ts';
import type { MessageNetwork } from '../network.ts';
import { messageId } from './message-id.ts';
import { sendToCompanion } from './send-to-companion.ts';

/** Sends what concerns only the devices of one account from its phone to one of them: a peer message. */
export function sendToOwnClient(
  protocolMessage: proto.Message.IProtocolMessage,
  account: Account,
  companion: Companion,
  network: MessageNetwork,
): Promise<void> {
  // `notify` says how the account calls itself; Baileys takes that over.
  const peerAttributes = { id: messageId(), category: 'peer', type: 'text', t: timestamp(), notify: account.name };
  const attributes = { ...authorAttributes(account, 0, undefined), ...peerAttributes };
  return sendToCompanion({ message: { protocolMessage }, attributes }, account, companion, network);
}
