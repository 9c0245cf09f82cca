import * as v from 'valibot';
import { newCredentialsId } from '../../../domain/ids.ts';
import { type Account, AccountSchema, type SessionAddress } from '../../../domain/session.ts';
import type { Key, SetEntry, Store } from '../../contract.ts';
import type { GatewayStore } from '../../gateway-store.ts';
import { sessionKey } from '../../record-kinds.ts';
import { jsonCodec } from '../codec.ts';
import { recordsBelow } from '../record-scan.ts';
import { decodeText, encodeText } from '../text.ts';
import { deleteSessionData } from './delete-session-data.ts';

/** `account` is the number that the identity is linked to; null before a phone has linked it. */
const HeadSchema = v.object({ id: v.string(), document: v.string(), account: v.nullable(AccountSchema) });
const head = jsonCodec('credentials', HeadSchema);

/** A change to one Signal key; null deletes it. */
export interface KeyChange {
  type: string;
  id: string;
  value: string | null;
}

/**
 * The WhatsApp identity of a session: one document and many Signal keys, opaque to the store. Keys are stored under the
 * identity's own id, so deleting the document makes all of them unreachable, and a new identity never sees old keys.
 */
export interface Identity {
  /** The document as last stored; null before the first save. */
  readonly document: string | null;
  /** `account`: the number that the identity is linked to. */
  save(document: string, account: Account | null): Promise<void>;
  /** The stored values by id, in one consistent view; without absent ones. */
  keys(type: string, ids: readonly string[]): Promise<Map<string, string>>;
  /** The stored keys of a type, without unreadable ones. Ids are hidden; `changeKeys` accepts them so. */
  list(type: string): AsyncIterable<{ id: string; value: string }>;
  /** Applies all changes or none, and stores `entries` of other kinds in the same commit. */
  changeKeys(changes: readonly KeyChange[], entries?: readonly SetEntry[]): Promise<void>;
}

export interface Credentials {
  /** The session's identity, null when it has none. Rejects when it, or a data key of the session, is unreadable. */
  load(key: SessionAddress): Promise<Identity | null>;
  /** The number that the stored identity is linked to; null when there is none. */
  account(key: SessionAddress): Promise<Account | null>;
  /** A new identity, stored with its first save. The former one is deleted. */
  create(key: SessionAddress): Promise<Identity>;
  /** Deletes the identity, its keys and leftovers of former ones, and the data key that encrypts them. */
  wipe(key: SessionAddress): Promise<void>;
}

export function credentials(store: GatewayStore): Credentials {
  return {
    load: async (key) => {
      await store.checkKeys(key);
      const entry = await store.get(headKey(key));
      if (entry === null) return null;
      const { id, document } = head.decode(entry.value);
      return identity(store, key, id, document);
    },
    account: async (key) => {
      const entry = await store.get(headKey(key));
      return entry === null ? null : head.decode(entry.value).account;
    },
    create: async (key) => {
      await deleteSessionData(store, key, 'identity');
      return identity(store, key, newCredentialsId(), null);
    },
    wipe: (key) => deleteSessionData(store, key, 'identity'),
  };
}

/** Deleting this entry makes the identity unreachable at once; `wipe` then deletes its keys. */
export function headKey(address: SessionAddress): Key {
  return sessionKey(address, 'credentials');
}

function identity(store: Store, address: SessionAddress, id: string, stored: string | null): Identity {
  let document = stored;
  const keyOf = (type: string, name: string): Key => sessionKey(address, 'signal', id, type, name);
  return {
    get document() {
      return document;
    },
    save: async (next, account) => {
      const value = head.encode({ id, document: next, account });
      await store.commit({ sets: [{ key: headKey(address), value }] });
      document = next;
    },
    keys: async (type, ids) => {
      const entries = await store.getMany(ids.map((name) => keyOf(type, name)));
      const found = new Map<string, string>();
      for (const [index, entry] of entries.entries()) {
        const name = ids[index];
        if (entry !== null && name !== undefined) found.set(name, decodeText(entry.value));
      }
      return found;
    },
    list: (type) =>
      recordsBelow(store, sessionKey(address, 'signal', id, type), {
        decode: ({ key, value }) => ({ id: key.at(-1) ?? '', value: decodeText(value) }),
      }),
    changeKeys: async (changes, entries = []) => {
      const sets = [...entries];
      const deletes = [];
      for (const { type, id: name, value } of changes) {
        if (value === null) deletes.push(keyOf(type, name));
        else sets.push({ key: keyOf(type, name), value: encodeText(value) });
      }
      await store.commit({ sets, deletes });
    },
  };
}
