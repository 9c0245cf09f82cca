import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { GatewayError } from '../../domain/errors.ts';
import { untilApplied } from '../compare-and-set.ts';
import type { Entry, Store } from '../contract.ts';
import { UndecryptableValueError, type UnreadableReport } from '../unreadable-value.ts';
import { decrypt, type EncryptionKey, encrypt } from './cipher.ts';
import { generationKey, isRecordOf, keyCheckRecordKey } from './key-check-record.ts';
import { contextOf, type DataKey, dataKeyOf, type KeyScope, keyOfScope } from './key-scope.ts';

/** Data keys in memory, the most recently used ones. Commits wait while another one is read. */
const defaultMaxCached = 10_000;

/** A new data key, and its stored form. */
export function newDataKey(scope: KeyScope, master: EncryptionKey): { key: DataKey; wrapped: Uint8Array } {
  const bytes = randomBytes(32);
  return { key: dataKeyOf(bytes), wrapped: wrap(scope, bytes, master) };
}

/** A data key wrapped with another master key; null when it was not wrapped with the first one. */
export function rewrap(
  scope: KeyScope,
  wrapped: Uint8Array,
  from: EncryptionKey,
  to: EncryptionKey,
): Uint8Array | null {
  const bytes = decrypt(from, contextOf('entry', keyOfScope(scope)), wrapped);
  return bytes === null ? null : wrap(scope, bytes, to);
}

function wrap(scope: KeyScope, bytes: Uint8Array, master: EncryptionKey): Uint8Array {
  return encrypt(master, contextOf('entry', keyOfScope(scope)), bytes);
}

/** The data keys of a store; each is created when it is first needed. */
export class DataKeys {
  readonly #store: Store;
  readonly #master: EncryptionKey;
  readonly #unreadable: UnreadableReport;
  readonly #cache: LRUCache<KeyScope, DataKey>;
  readonly #creating = new Map<KeyScope, Promise<DataKey>>();

  constructor(store: Store, master: EncryptionKey, unreadable: UnreadableReport, maxCached = defaultMaxCached) {
    this.#store = store;
    this.#master = master;
    this.#unreadable = unreadable;
    this.#cache = new LRUCache({ max: maxCached });
  }

  cached(scope: KeyScope): DataKey | undefined {
    return this.#cache.get(scope);
  }

  /** Null when there is none, or none that can be decrypted. */
  async find(scope: KeyScope): Promise<DataKey | null> {
    const cached = this.#cache.get(scope);
    if (cached !== undefined) return cached;
    const entry = await this.#store.get(keyOfScope(scope));
    return entry === null ? null : this.#unwrap(scope, entry);
  }

  /** Throws a {@link UndecryptableValueError} when there is a key that cannot be decrypted. */
  async check(scope: KeyScope): Promise<void> {
    if (this.#cache.has(scope)) return;
    const entry = await this.#store.get(keyOfScope(scope));
    if (entry !== null && this.#unwrap(scope, entry) === null) refuse();
  }

  /** Creates the key if there is none. Throws a {@link UndecryptableValueError} for one that cannot be decrypted, and never replaces it. */
  async obtain(scope: KeyScope): Promise<DataKey> {
    const cached = this.#cache.get(scope);
    if (cached !== undefined) return cached;
    const creating = this.#creating.get(scope) ?? this.#create(scope).finally(() => this.#creating.delete(scope));
    this.#creating.set(scope, creating);
    return creating;
  }

  /** Removes a key from memory: it is read again when it is next needed. */
  drop(scope: KeyScope): void {
    this.#cache.delete(scope);
  }

  /** The same for all keys: the store may have lost some, and what is encrypted with those could never be read. */
  dropAll(): void {
    this.#cache.clear();
  }

  /** Deletes the key that exists before `permit` is called, and makes everything it has encrypted unreadable. */
  async forget(scope: KeyScope, permit: () => Promise<void> = async () => undefined): Promise<void> {
    const key = keyOfScope(scope);
    try {
      const stored = await this.#store.get(key);
      await permit();
      if (stored !== null) await this.#store.commit({ checks: [{ key, version: stored.version }], deletes: [key] });
    } finally {
      // Last, so that no concurrent read has cached it again: what it then encrypted would be lost.
      this.#cache.delete(scope);
    }
  }

  #create(scope: KeyScope): Promise<DataKey> {
    const key = keyOfScope(scope);
    const attempt = async (): Promise<DataKey | undefined> => {
      const [stored = null, record = null] = await this.#store.getMany([key, keyCheckRecordKey]);
      if (stored !== null) return this.#unwrap(scope, stored) ?? refuse();
      // Another process may have changed the master key: a data key under the former one would be lost.
      if (record === null || !isRecordOf(record.value, this.#master)) throw masterKeyChanged();
      const created = newDataKey(scope, this.#master);
      const result = await this.#store.commit({
        checks: [
          { key, version: null },
          { key: keyCheckRecordKey, version: record.version },
        ],
        sets: [
          { key, value: created.wrapped },
          { key: generationKey, value: new Uint8Array() },
        ],
      });
      return result.ok ? this.#keep(scope, created.key) : undefined;
    };
    return untilApplied(attempt, { exhausted: () => new Error('a data key changed too often to be created') });
  }

  #unwrap(scope: KeyScope, { value }: Entry): DataKey | null {
    const bytes = decrypt(this.#master, contextOf('entry', keyOfScope(scope)), value);
    if (bytes !== null) return this.#keep(scope, dataKeyOf(bytes));
    this.#unreadable.add(keyOfScope(scope), 'damaged');
    return null;
  }

  #keep(scope: KeyScope, key: DataKey): DataKey {
    this.#cache.set(scope, key);
    return key;
  }
}

function refuse(): never {
  throw new UndecryptableValueError();
}

function masterKeyChanged(): GatewayError {
  const message = 'The master key of the store was changed; restart this process.';
  return new GatewayError({ code: 'unavailable', message });
}
