import { randomBytes } from 'node:crypto';
import { proto } from '@whiskeysockets/baileys';
import type { Account } from '../../accounts/account.ts';
import type { Companion } from '../../accounts/companion.ts';
import type { MessageNetwork } from '../network.ts';
import { historyNotifications } from './history.ts';
import { sendToOwnClient } from './send-to-own-client.ts';

const { Type } = proto.Message.ProtocolMessage;

/**
 * Sends what a device gets from its phone at the first login: a key for shared settings and the history. Without a history
 * Baileys holds back events for 20 s.
 */
export async function sendFirstSync(account: Account, companion: Companion, network: MessageNetwork): Promise<void> {
  const histories = await historyNotifications(account, network);
  const messages = histories.map((history) => ({
    type: Type.HISTORY_SYNC_NOTIFICATION,
    historySyncNotification: history,
  }));
  for (const message of [settingsKey(), ...messages]) await sendToOwnClient(message, account, companion, network);
}

function settingsKey(): proto.Message.IProtocolMessage {
  const keyData = {
    keyData: randomBytes(32),
    fingerprint: { rawId: 1, currentIndex: 1, deviceIndexes: [0, 1] },
    timestamp: Date.now(),
  };
  const keys = [{ keyId: { keyId: randomBytes(6) }, keyData }];
  return { type: Type.APP_STATE_SYNC_KEY_SHARE, appStateSyncKeyShare: { keys } };
}
