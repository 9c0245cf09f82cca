import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import { proto } from '@whiskeysockets/baileys';
import type { Account } from '../../accounts/account.ts';
import type { Companion } from '../../accounts/companion.ts';
import { timestamp } from '../../wire/stanza.ts';
import { authorAttributes } from '../author.ts';
import type { MessageNetwork } from '../network.ts';
import { messageId } from './message-id.ts';
import { sendToCompanion } from './send-to-companion.ts';

const compress = promisify(deflate);
const { Type } = proto.Message.ProtocolMessage;

/**
 * Sends what a device gets from its phone at the first login: a key for shared settings and an empty history. Without a
 * history Baileys holds back events for 20 s.
 */
export async function sendFirstSync(account: Account, companion: Companion, network: MessageNetwork): Promise<void> {
  for (const protocolMessage of [settingsKey(), await emptyHistory()]) {
    const peerAttributes = { id: messageId(), category: 'peer', type: 'text', t: timestamp() };
    const attributes = { ...authorAttributes(account, 0, undefined), ...peerAttributes };
    await sendToCompanion({ message: { protocolMessage }, attributes }, account, companion, network);
  }
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

/** Small enough for an inline payload, so that no download is needed. */
async function emptyHistory(): Promise<proto.Message.IProtocolMessage> {
  const syncType = proto.HistorySync.HistorySyncType.INITIAL_BOOTSTRAP;
  const initialHistBootstrapInlinePayload = await compress(
    proto.HistorySync.encode({ syncType, progress: 100 }).finish(),
  );
  return {
    type: Type.HISTORY_SYNC_NOTIFICATION,
    historySyncNotification: { syncType, progress: 100, chunkOrder: 1, initialHistBootstrapInlinePayload },
  };
}
