import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import { proto } from '@whiskeysockets/baileys';
import type { Account } from '../../accounts/account.ts';
import { lidJid, phoneJid } from '../../accounts/address.ts';
import type { PastChat } from '../../accounts/chat-history.ts';
import { EXPIRED_AFTER_SECONDS } from '../../accounts/issued-tokens.ts';
import type { MessageNetwork } from '../network.ts';
import { messageId } from './message-id.ts';

const compress = promisify(deflate);
const { HistorySyncType } = proto.HistorySync;

/**
 * What the phone tells a new device of its chats, as notifications in the order of their parts: the first half of the
 * chats at once, then the other half and the names of their people. Without chats there is an empty first part only.
 */
export function historyNotifications(
  account: Account,
  network: MessageNetwork,
): Promise<proto.Message.IHistorySyncNotification[]> {
  const { chats, parts = 'download' } = account.history;
  const half = Math.ceil(chats.length / 2);
  const [first, ...others] = chats.length === 0 ? [[]] : [chats.slice(0, half), chats.slice(half)];
  const syncs: proto.IHistorySync[] = [
    { syncType: HistorySyncType.INITIAL_BOOTSTRAP, ...chatsOf(first ?? [], account, network) },
    ...others.map((some) => ({ syncType: HistorySyncType.RECENT, ...chatsOf(some, account, network) })),
  ];
  if (chats.length > 0) syncs.push({ syncType: HistorySyncType.PUSH_NAME, pushnames: namesOf(chats, network) });
  const last = syncs.length - 1;
  return Promise.all(
    syncs.map((sync, index) => {
      const part = { ...sync, chunkOrder: index + 1, progress: index === last ? 100 : 50 };
      return notification(part, index === 0 || parts === 'inline', network);
    }),
  );
}

async function notification(
  sync: proto.IHistorySync,
  isInline: boolean,
  network: MessageNetwork,
): Promise<proto.Message.IHistorySyncNotification> {
  const { syncType = null, chunkOrder = null, progress = null } = sync;
  const content = await compress(proto.HistorySync.encode(proto.HistorySync.fromObject(sync)).finish());
  const where = isInline ? { initialHistBootstrapInlinePayload: content } : await network.media.addHistory(content);
  return { syncType, chunkOrder, progress, ...where };
}

function chatsOf(chats: readonly PastChat[], account: Account, { directory }: MessageNetwork): proto.IHistorySync {
  const listed = chats.filter(({ pair }) => pair === 'list').map(({ phone }) => directory.getOrCreate(phone));
  return {
    conversations: chats.map((chat) => conversation(chat, account, directory.getOrCreate(chat.phone))),
    phoneNumberToLidMappings: listed.map(({ phone, lid }) => ({ pnJid: phoneJid(phone), lidJid: lidJid(lid) })),
  };
}

function conversation(chat: PastChat, account: Account, other: Account): proto.IConversation {
  const [number, lid] = [phoneJid(other.phone), lidJid(other.lid)];
  const { addressing = 'lid', pair = 'chat', texts = [] } = chat;
  const id = addressing === 'lid' ? lid : number;
  return {
    id,
    ...(pair === 'chat' && (addressing === 'lid' ? { pnJid: number } : { lidJid: lid })),
    name: other.name,
    ...tokenOf(chat, account, other),
    messages: texts.toReversed().map((text) => ({ message: oldMessage(id, text) })),
  };
}

/** The other person has issued the token at an earlier time, and the phone has issued its own then. */
function tokenOf({ token = 'valid' }: PastChat, account: Account, other: Account): Partial<proto.IConversation> {
  if (token === 'none') return {};
  const now = Math.floor(Date.now() / 1000);
  const issuedAt = token === 'valid' ? now : now - EXPIRED_AFTER_SECONDS;
  const { value } = other.issuedTokens.issue(account.phone, issuedAt);
  return { tcToken: value, tcTokenTimestamp: issuedAt, tcTokenSenderTimestamp: issuedAt };
}

function oldMessage(remoteJid: string, text: string): proto.IWebMessageInfo {
  const key = { remoteJid, fromMe: false, id: messageId() };
  return { key, message: { conversation: text }, messageTimestamp: Math.floor(Date.now() / 1000) - 60 };
}

function namesOf(chats: readonly PastChat[], { directory }: MessageNetwork): proto.IPushname[] {
  const people = chats.map(({ phone }) => directory.getOrCreate(phone));
  return people.map(({ phone, name }) => ({ id: phoneJid(phone), pushname: name }));
}
