import * as v from 'valibot';
import { type Contact, ContactSchema, isSameContact, mergeContacts } from '../../domain/contact.ts';
import { GatewayError, type Refusal } from '../../domain/errors.ts';
import type { SessionAddress } from '../../domain/session.ts';
import { untilApplied } from '../compare-and-set.ts';
import type { Commit, Entry, Key, Store } from '../contract.ts';
import { sessionKey } from '../record-kinds.ts';
import { unlessUnreadable } from '../unreadable-value.ts';
import { jsonCodec } from './codec.ts';

const codec = jsonCodec(
  'contact',
  v.looseObject({ contact: ContactSchema, seenAt: v.number(), knownSince: v.optional(v.number()) }),
);

const dayMs = 24 * 60 * 60 * 1000;

/** How long the addresses of somebody are kept that no message came from and none went to. */
const retentionMs = 90 * dayMs;

/** A record that says the same is written again only when it is older, so most messages write none. */
const freshMs = dayMs;

/** Whom the addresses belong to that a session has met, as last seen. The records are under every JID of a contact. */
export interface Contacts {
  /** Null for an address that is not known. `jid` may be another spelling of a number that WhatsApp has resolved. */
  find(address: SessionAddress, jid: string): Promise<Contact | null>;
  /** A contact with all that is known of it. */
  complete(address: SessionAddress, seen: Contact): Promise<Contact>;
  /**
   * Those of some JIDs whose chat is known: they have written to the number, or a message to them was acknowledged, within
   * the time that contacts are kept.
   */
  withChat(address: SessionAddress, jids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Stores what was seen of a contact; `aliases` are other spellings of its number, as JIDs. Yields all that is known. */
  remember(address: SessionAddress, seen: Contact, aliases?: readonly string[]): Promise<Contact>;
}

export function contactRecords(store: Store, now: () => number): Contacts {
  return {
    find: async (address, jid) => (await read(store, address, jid)).contact,
    withChat: async (address, jids) => {
      const keys = jids.map((jid) => keyOf(address, jid));
      const entries = await store.getMany(keys);
      const found = await Promise.all(keys.map((key, at) => foundAt(key, entries[at] ?? null)));
      return new Set(jids.filter((_, at) => found[at]?.knownSince !== undefined));
    },
    complete: async (address, seen) => (await knownOf(store, address, seen)).contact,
    remember: (address, seen, aliases) =>
      untilApplied(
        async () => {
          const { contact, ...commit } = await contactUpdate(store, address, seen, { now: now(), aliases });
          return commit.sets.length === 0 || (await store.commit(commit)).ok ? contact : undefined;
        },
        { exhausted: () => new GatewayError(tooManyConflicts) },
      ),
  };
}

const tooManyConflicts: Refusal = {
  code: 'unavailable',
  message: 'the addresses of a contact could not be stored: others were always stored first',
};

export interface ContactUpdateOptions {
  /** Epoch milliseconds. */
  now: number;
  aliases?: readonly string[] | undefined;
  isChat?: boolean;
}

/** All that is known of a contact, and what a commit needs to store it: nothing when that is stored already. */
export interface ContactUpdate extends Required<Pick<Commit, 'checks' | 'sets'>> {
  contact: Contact;
}

/**
 * Takes one read. An address that was somebody else's is theirs no longer. `isChat`: a message has come from them, or one
 * to them was acknowledged.
 */
export async function contactUpdate(
  store: Store,
  address: SessionAddress,
  seen: Contact,
  { now, aliases = [], isChat = false }: ContactUpdateOptions,
): Promise<ContactUpdate> {
  const { contact, found } = await knownOf(store, address, seen, aliases);
  const knownSince = knownSinceOf(found, seen) ?? (isChat ? now : undefined);
  const isFresh = found.every((record) => isStored(record, contact, now) && record.knownSince === knownSince);
  if (isFresh) return { contact, checks: [], sets: [] };
  const own = new Map(addressesOf(contact, aliases).map(([jid, known]) => [jid, { contact: known, knownSince }]));
  const records = new Map([...formerOwners(found, contact), ...own]);
  return {
    contact,
    checks: found.map(({ key, version }) => ({ key, version })),
    sets: [...records].map(([jid, record]) => ({
      key: keyOf(address, jid),
      value: codec.encode({ ...record, seenAt: now }),
      expiresAt: now + retentionMs,
    })),
  };
}

/** What is stored of a contact under each of its addresses. */
interface StoredContact {
  contact: Contact;
  /** When their chat became known, in epoch milliseconds; undefined while it is new. */
  knownSince: number | undefined;
}

/** What is stored under an address. */
interface Found extends Pick<StoredContact, 'knownSince'> {
  key: Key;
  version: string | null;
  contact: Contact | null;
  seenAt: number;
}

/** A person keeps the LID and may change the number, so what is stored under the LID comes first. */
async function knownOf(store: Store, address: SessionAddress, seen: Contact, aliases: readonly string[] = []) {
  const keys = [seen.lid, seen.jid, ...aliases].flatMap((jid) => (jid === null ? [] : [keyOf(address, jid)]));
  const entries = await store.getMany(keys);
  const found = await Promise.all(keys.map((key, at) => foundAt(key, entries[at] ?? null)));
  const known = found.find(({ contact }) => contact !== null && !isSomebodyElse(contact, seen))?.contact ?? null;
  // A number alone may be another spelling of the one that WhatsApp knows.
  const jid = (seen.lid === null ? known?.jid : null) ?? seen.jid;
  return { contact: mergeContacts(known, { ...seen, jid }), found };
}

/** A number that has a new owner is a new chat. */
function knownSinceOf(found: readonly Found[], seen: Contact): number | undefined {
  const times = found.flatMap(({ contact, knownSince }) =>
    contact === null || knownSince === undefined || isSomebodyElse(contact, seen) ? [] : [knownSince],
  );
  return times.length === 0 ? undefined : Math.min(...times);
}

/** Whether a stored contact has another LID than the one that was seen: its number has a new owner. */
function isSomebodyElse(stored: Contact, seen: Contact): boolean {
  return seen.lid !== null && stored.lid !== null && stored.lid !== seen.lid;
}

function isStored({ contact, seenAt }: Found, current: Contact, now: number): boolean {
  return (
    contact !== null &&
    contact.jid === current.jid &&
    contact.lid === current.lid &&
    contact.username === current.username &&
    now - seenAt < freshMs
  );
}

function addressesOf(contact: Contact, aliases: readonly string[] = []): [jid: string, contact: Contact][] {
  return [contact.jid, contact.lid, ...aliases].flatMap((jid) => (jid === null ? [] : [[jid, contact]]));
}

/** What remains of those who had an address of the contact before: the other one. */
function formerOwners(found: readonly Found[], current: Contact): [jid: string, record: StoredContact][] {
  return found.flatMap(({ contact, knownSince }) => {
    if (contact === null || !isSameContact(contact, current)) return [];
    const rest = {
      ...contact,
      jid: contact.jid === current.jid ? null : contact.jid,
      lid: contact.lid === current.lid ? null : contact.lid,
    };
    // A person keeps the LID: the number that they had is no chat of theirs any more.
    const left: StoredContact =
      rest.lid === null
        ? { contact: { ...rest, username: null }, knownSince: undefined }
        : { contact: rest, knownSince };
    return addressesOf(left.contact).map(([jid]): [string, StoredContact] => [jid, left]);
  });
}

async function read(store: Store, address: SessionAddress, jid: string): Promise<Found> {
  const key = keyOf(address, jid);
  return foundAt(key, await store.get(key));
}

async function foundAt(key: Key, entry: Entry | null): Promise<Found> {
  const record = entry === null ? null : await unlessUnreadable(null, () => codec.decode(entry.value));
  const { contact = null, seenAt = 0, knownSince } = record ?? {};
  return { key, version: entry?.version ?? null, contact, seenAt, knownSince };
}

function keyOf(address: SessionAddress, jid: string): Key {
  return sessionKey(address, 'contact', jid);
}
