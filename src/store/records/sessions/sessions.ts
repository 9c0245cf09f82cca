import type { Outcome } from '../../../domain/errors.ts';
import { gatewayPartition } from '../../../domain/id-schemas.ts';
import type { ReportedRestriction } from '../../../domain/restriction.ts';
import { type SessionAddress, type SessionRecord, SessionRecordSchema } from '../../../domain/session.ts';
import { updateEntry } from '../../compare-and-set.ts';
import type { Entry, Key, Store } from '../../contract.ts';
import { keyIn, sessionKey } from '../../record-kinds.ts';
import { scan, scanPages } from '../../scan.ts';
import { UnknownFormError } from '../../unreadable-value.ts';
import { jsonCodec } from '../codec.ts';
import { firstBelow, recordsBelow } from '../record-scan.ts';
import { headKey } from './credentials.ts';
import { SessionCreation } from './session-creation.ts';
import { storeRestriction } from './session-restrictions.ts';
import { salvagedSession } from './session-salvage.ts';

const codec = jsonCodec('session', SessionRecordSchema);

/** Deleted sessions of an organization that one sweep finds. */
const maxDeletedAtATime = 500;

/** Sessions that an organization may have, unless another number is given. */
const defaultMaxPerOrganization = 1_000;

/** Organizations that are scanned at the same time. */
const organizationsAtATime = 100;

/** Further keys to delete in the same commit. */
interface Also {
  deletes: readonly Key[];
}

/** Session records. Each call is scoped by organization: the organization is part of the address. */
export interface Sessions {
  /** Refused with `conflict`, with `limit` in the details, when the organization has reached its limit. */
  create(record: SessionRecord): Promise<Outcome<null>>;
  /** Rejects with an `UnreadableValueError` when the record is unreadable. */
  find(key: SessionAddress): Promise<SessionRecord | null>;
  /** The same only for showing, never for storing: a record of an unknown form is shown as far as it can be read. */
  show(key: SessionAddress): Promise<SessionRecord | null>;
  /**
   * For showing as well, in the order of creation, at most `limit` (1 to 1,000) after the session id `after`, without
   * unreadable ones.
   */
  list(organization: string, page: { after?: string; limit: number }): Promise<SessionRecord[]>;
  /** Every session of every organization, without unreadable records. */
  all(): AsyncIterable<SessionRecord>;
  /** The addresses of all sessions, including those with unreadable records. */
  addresses(): AsyncIterable<SessionAddress>;
  /** Applies a change to the newest record; null when there is none. The change may run more than once. */
  update(
    key: SessionAddress,
    change: (record: SessionRecord) => SessionRecord,
    also?: Also,
  ): Promise<SessionRecord | null>;
  /** Stores what WhatsApp said of a restriction at the time `now`, with an event when that is news. */
  restrict(key: SessionAddress, reported: ReportedRestriction, now: number): Promise<void>;
  /** Deletes the record and its identity, and marks the rest for deletion. */
  delete(key: SessionAddress): Promise<void>;
  /** Deleted sessions whose data is not deleted yet. */
  deleted(): AsyncIterable<SessionAddress>;
  /** Removes the mark once all data of a deleted session is deleted. */
  swept(key: SessionAddress): Promise<void>;
}

export interface SessionsOptions {
  maxPerOrganization?: number;
}

export function sessions(store: Store, options: SessionsOptions = {}): Sessions {
  const { maxPerOrganization = defaultMaxPerOrganization } = options;
  const creation = new SessionCreation(store, maxPerOrganization);
  return {
    create: async (record) => {
      const { organization, id } = record;
      await register(store, organization);
      const entry = { key: keyOf({ organization, session: id }), value: codec.encode(record) };
      return creation.create({ organization, records: keyIn(organization, 'session'), entry });
    },
    find: async (key) => {
      const entry = await store.get(keyOf(key));
      return entry === null ? null : codec.decode(entry.value);
    },
    show: async (key) => {
      const entry = await store.get(keyOf(key));
      return entry === null ? null : decodeToShow(entry);
    },
    list: (organization, page) => list(store, organization, page),
    all: () => all(store),
    addresses: () => addresses(store),
    update: (key, change, also) => update(store, key, change, also),
    restrict: (address, reported, now) =>
      storeRestriction(store, address, reported, { key: keyOf(address), codec, now }),
    delete: async (key) => {
      await store.commit({
        sets: [{ key: deletedKey(key), value: new Uint8Array() }],
        deletes: [keyOf(key), headKey(key), sessionKey(key, 'in-flight')],
      });
    },
    deleted: () => deleted(store),
    swept: async (key) => {
      await store.commit({ deletes: [deletedKey(key)] });
    },
  };
}

function keyOf(address: SessionAddress): Key {
  return sessionKey(address, 'session');
}

function deletedKey(address: SessionAddress): Key {
  return sessionKey(address, 'deleted-session');
}

function organizationKey(organization: string): Key {
  return keyIn(gatewayPartition, 'organization', organization);
}

/** Done first: a session without its organization would not be found at the next start. */
async function register(store: Store, organization: string): Promise<void> {
  const key = organizationKey(organization);
  if ((await store.get(key)) !== null) return;
  await store.commit({ sets: [{ key, value: new Uint8Array() }] });
}

async function list(store: Store, organization: string, page: { after?: string; limit: number }) {
  const after = page.after === undefined ? {} : { after: keyOf({ organization, session: page.after }) };
  return firstBelow(store, keyIn(organization, 'session'), page.limit, { decode: decodeToShow, ...after });
}

function decode({ value }: Entry): SessionRecord {
  return codec.decode(value);
}

function decodeToShow(entry: Entry): SessionRecord {
  try {
    return decode(entry);
  } catch (error) {
    if (!(error instanceof UnknownFormError)) throw error;
    const [organization, , session = ''] = entry.key;
    return salvagedSession({ organization, session }, entry.value);
  }
}

async function* all(store: Store): AsyncGenerator<SessionRecord> {
  for await (const organization of organizations(store)) {
    yield* recordsBelow(store, keyIn(organization, 'session'), { decode });
  }
}

async function* addresses(store: Store): AsyncGenerator<SessionAddress> {
  for await (const organization of organizations(store)) {
    for await (const { key } of scan(store, keyIn(organization, 'session'))) {
      if (key[2] !== undefined) yield { organization, session: key[2] };
    }
  }
}

async function* deleted(store: Store): AsyncGenerator<SessionAddress> {
  for await (const page of organizationPages(store)) {
    const found = await Promise.all(
      page.map((organization) => store.list(keyIn(organization, 'deleted-session'), { limit: maxDeletedAtATime })),
    );
    for (const { key } of found.flat()) if (key[2] !== undefined) yield { organization: key[0], session: key[2] };
  }
}

async function* organizations(store: Store): AsyncGenerator<string> {
  for await (const page of organizationPages(store)) yield* page;
}

async function* organizationPages(store: Store): AsyncGenerator<string[]> {
  const prefix = keyIn(gatewayPartition, 'organization');
  for await (const page of scanPages(store, prefix, { pageSize: organizationsAtATime })) {
    yield page.map(({ key }) => key[2]).filter((organization) => organization !== undefined);
  }
}

async function update(
  store: Store,
  address: SessionAddress,
  change: (record: SessionRecord) => SessionRecord,
  { deletes }: Also = { deletes: [] },
) {
  const key = keyOf(address);
  return updateEntry(
    store,
    key,
    (entry) => {
      const record = change(decode(entry));
      return { result: record, commit: { sets: [{ key, value: codec.encode(record) }], deletes } };
    },
    { exhausted: () => new Error('a session record changed too often to be updated') },
  );
}
