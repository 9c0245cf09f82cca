import { isDeepStrictEqual } from 'node:util';
import type { GatewayEvent } from '../domain/event.ts';
import type { Group } from '../domain/group.ts';
import type { ReceivedMessage, StoredMessage } from '../domain/message.ts';
import type { SessionAddress } from '../domain/session.ts';
import type { Store } from './contract.ts';
import { eventAppend } from './events.ts';
import { findGroup, groupEntry } from './groups.ts';
import { messageEntry, messageKey } from './messages.ts';

/** What WhatsApp tells of others, stored together with its event. */
export interface Inbox {
  /** False for a message that is stored already: WhatsApp delivers again what it thinks was lost. */
  receive(address: SessionAddress, message: ReceivedMessage): Promise<boolean>;
  /** Stores a group as it is now; readers are told when something about it is new. */
  see(address: SessionAddress, group: Group): Promise<void>;
}

export function inbox(store: Store, now: () => number): Inbox {
  return {
    receive: async (address, message) => {
      const key = messageKey(address, message.id);
      const result = await store.commit({
        checks: [{ key, version: null }],
        sets: [messageEntry(address, toStored(message), now())],
        appends: [eventAppend(address.organization, messageEvent(address, message))],
      });
      return result.ok;
    },
    see: async (address, group) => {
      const before = await findGroup(store, address, group.jid);
      const isNews = before === null || !isDeepStrictEqual(before.group, group);
      const appends = isNews ? [eventAppend(address.organization, groupEvent(address, group, now()))] : [];
      await store.commit({ sets: [groupEntry(address, group, before, now())], appends });
    },
  };
}

function toStored({ id, chat, fromMe, sender, type, proto, timestamp }: ReceivedMessage): StoredMessage {
  return { id, chat, fromMe, sender, type, proto, timestamp };
}

function messageEvent({ session }: SessionAddress, message: ReceivedMessage): GatewayEvent {
  const { id, chat, sender, fromMe, type, body, hasMedia, replyTo, mentions, pushName, timestamp } = message;
  const payload = {
    waMessageId: id,
    chatJid: chat,
    senderJid: sender,
    fromMe,
    type,
    body,
    hasMedia,
    replyTo,
    mentions,
    pushName,
    timestamp,
  };
  return { event: 'message', session, timestamp, payload };
}

function groupEvent({ session }: SessionAddress, group: Group, timestamp: number): GatewayEvent {
  const { jid, subject, description, owner, isAnnounce, isLocked, members } = group;
  const payload = {
    groupJid: jid,
    subject,
    description,
    ownerJid: owner,
    isAnnounce,
    isLocked,
    participantCount: members.length,
  };
  return { event: 'group.update', session, timestamp, payload };
}
