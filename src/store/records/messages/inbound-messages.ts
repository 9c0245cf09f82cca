import { isDeepStrictEqual } from 'node:util';
import type { SeenTimer } from '../../../domain/chat-timer.ts';
import { type Contact, presentContact, publicJid } from '../../../domain/contact.ts';
import { GatewayError, type Refusal } from '../../../domain/errors.ts';
import type { GatewayEvent } from '../../../domain/event.ts';
import type { Group } from '../../../domain/group.ts';
import type { People, ReceivedMessage, StoredMessage, Vote } from '../../../domain/message.ts';
import type { SessionAddress } from '../../../domain/session.ts';
import { untilApplied } from '../../compare-and-set.ts';
import type { Key, Store } from '../../contract.ts';
import { unlessUnreadable } from '../../unreadable-value.ts';
import { contactRecords } from '../contacts.ts';
import { eventAppend } from '../event-log.ts';
import { findGroup, groupEntry, groupKey, storedGroups } from '../groups.ts';
import { storeTimer } from './chat-timers.ts';
import { journaledKeys } from './inbound-journal.ts';
import { decodeMessage, keptUntil, maxNamesakes, messageEntry } from './messages.ts';
import { identify, peopleOf } from './people.ts';
import { defaultReceivedLimits, type ReceivedLimits, roomFor } from './received-limits.ts';
import { publishVote } from './votes.ts';

/** Groups that are stored in one commit: WhatsApp allows 1,024 members in each. */
const groupsPerCommit = 20;

/** Received messages and groups, stored together with their events. */
export interface InboundMessages {
  /**
   * False for a message that is stored already: WhatsApp delivers unconfirmed messages again. Another sender's message with
   * the same id is another message. The oldest messages are deleted when the session has more than its limit. `journal`:
   * the name under which it is journaled; it no longer is.
   */
  receive(address: SessionAddress, message: ReceivedMessage, journal?: string | null): Promise<boolean>;
  /** Drops a message from the journal. */
  forgetJournaled(address: SessionAddress, name: string): Promise<void>;
  /** Stores after how long the messages of a chat disappear. */
  seeTimer(address: SessionAddress, seen: SeenTimer): Promise<void>;
  /** Stores which addresses of a person go together. */
  meet(address: SessionAddress, contact: Contact): Promise<void>;
  /** Publishes a vote; only once for a journaled message. */
  vote(address: SessionAddress, vote: Vote, journal: string | null): Promise<void>;
  /** Stores a group as it is now, and publishes an event when it has changed. */
  see(address: SessionAddress, group: Group): Promise<void>;
  /** Deletes a group that the number is no member of any more, and publishes an event when it was stored. */
  leave(address: SessionAddress, groupJid: string): Promise<void>;
  /** `see` for all groups that the number is in, and `leave` for every other stored one unless there are none. */
  seeAll(address: SessionAddress, groups: readonly Group[]): Promise<void>;
}

export function inboundMessages(
  store: Store,
  now: () => number,
  limits: ReceivedLimits = defaultReceivedLimits,
): InboundMessages {
  return {
    receive: (address, message, journal = null) =>
      receive(store, address, message, { limits, now: now(), journaled: journaledKeys(address, journal) }),
    forgetJournaled: async (address, name) => {
      await store.commit({ deletes: journaledKeys(address, name) });
    },
    seeTimer: (address, seen) => storeTimer(store, address, seen, now()),
    meet: async (address, contact) => {
      await contactRecords(store, now).remember(address, contact);
    },
    vote: (address, vote, journal) => publishVote(store, address, vote, { journal, now }),
    see: async (address, group) => {
      await seeGroups(store, address, [group], now());
    },
    leave: (address, groupJid) => leave(store, address, groupJid, now()),
    seeAll: async (address, groups) => {
      for (let from = 0; from < groups.length; from += groupsPerCommit) {
        await seeGroups(store, address, groups.slice(from, from + groupsPerCommit), now());
      }
      // An empty list may also be an answer that could not be read.
      if (groups.length === 0) return;
      const kept = new Set(groups.map(({ jid }) => jid));
      for await (const { group } of storedGroups(store, address)) {
        if (!kept.has(group.jid)) await leave(store, address, group.jid, now());
      }
    },
  };
}

async function leave(store: Store, address: SessionAddress, groupJid: string, timestamp: number): Promise<void> {
  const before = await findGroup(store, address, groupJid);
  if (before === null) return;
  const event = groupEvent(address, before.group, { isMember: false, timestamp });
  await store.commit({
    deletes: [groupKey(address, groupJid)],
    appends: [eventAppend(address.organization, event)],
  });
}

async function receive(
  store: Store,
  address: SessionAddress,
  message: ReceivedMessage,
  { limits, now, journaled }: { limits: ReceivedLimits; now: number; journaled: Key[] },
): Promise<boolean> {
  const stored = toStored(message);
  let place = 0;
  const attempt = async (): Promise<boolean | undefined> => {
    const entry = messageEntry(address, stored, now, place);
    const room = await roomFor(store, address, { id: message.id, place, entry, keptUntil: keptUntil(now) }, limits);
    const { people, checks, sets } = await identify(store, address, peopleOf(message), now);
    const result = await store.commit({
      checks: [{ key: entry.key, version: null }, ...room.checks, ...checks],
      sets: [entry, ...room.sets, ...sets],
      deletes: [...room.deletes, ...journaled],
      appends: [eventAppend(address.organization, messageEvent(address, message, people))],
    });
    if (result.ok) return true;
    const earlier = await store.get(entry.key);
    if (earlier === null) return undefined;
    const other = await unlessUnreadable(null, () => decodeMessage(earlier.value));
    if (other === null || isSame(other, stored) || place + 1 === maxNamesakes) {
      if (journaled.length > 0) await store.commit({ deletes: journaled });
      return false;
    }
    place += 1;
    return undefined;
  };
  return untilApplied(attempt, { exhausted: () => new GatewayError(tooManyConflicts) });
}

/** Another node that still writes messages of the session was always faster: the next attempt may succeed. */
const tooManyConflicts: Refusal = {
  code: 'unavailable',
  message: 'a received message could not be stored: other messages of the session were always stored first',
};

/** A message that arrives again may name its sender by another address, and is the same in all else. */
function isSame(one: StoredMessage, other: StoredMessage): boolean {
  if (one.fromMe && other.fromMe) return true;
  if (one.chat === other.chat && one.sender === other.sender) return true;
  return one.timestamp === other.timestamp && one.proto === other.proto;
}

function toStored({ id, chat, fromMe, sender, type, proto, timestamp }: ReceivedMessage): StoredMessage {
  return { id, chat, fromMe, sender, type, proto, timestamp };
}

function messageEvent({ session }: SessionAddress, message: ReceivedMessage, { chat, sender }: People): GatewayEvent {
  const { id, fromMe, type, body, hasMedia, replyTo, mentions, pushName, timestamp } = message;
  const payload = {
    waMessageId: id,
    chatJid: publicJid(chat),
    chat: presentContact(chat),
    senderJid: sender === null ? null : publicJid(sender),
    sender: sender === null ? null : presentContact(sender),
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

function groupEvent(
  { session }: SessionAddress,
  group: Group,
  { isMember, timestamp }: { isMember: boolean; timestamp: number },
): GatewayEvent {
  const { jid, subject, description, owner, isAnnounce, isLocked, members } = group;
  const payload = {
    groupJid: jid,
    subject,
    description,
    ownerJid: owner,
    isAnnounce,
    isLocked,
    participantCount: members.length,
    isMember,
  };
  return { event: 'group.update', session, timestamp, payload };
}

/** Stores different groups in one commit, with an event for each that has changed. */
async function seeGroups(store: Store, address: SessionAddress, groups: readonly Group[], now: number): Promise<void> {
  const seen = await Promise.all(
    groups.map(async (group) => ({ group, before: await findGroup(store, address, group.jid) })),
  );
  const changed = seen.filter(({ group, before }) => before === null || !isDeepStrictEqual(before.group, group));
  const events = changed.map(({ group }) => groupEvent(address, group, { isMember: true, timestamp: now }));
  await store.commit({
    sets: seen.map(({ group, before }) => groupEntry(address, group, before, now)),
    appends: events.map((event) => eventAppend(address.organization, event)),
  });
}
