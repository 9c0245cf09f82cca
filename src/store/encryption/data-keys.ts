import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { GatewayError } from '../../domain/errors.ts';
import { untilApplied } from '../compare-and-set.ts';
import type { Entry, Store } from '../contract.ts';
import { UndecryptableValueError, type UnreadableReport } from '../unreadable-value.ts';
import { decrypt, type EncryptionKey, encrypt } from './cipher.ts';
import { generationKey, isRecordOf, keyCheckRecordKey } from './key-check-record.ts';
import { contextOf, type DataKey, dataKeyOf, type KeyScope, keyOfScope } from './key-scope.ts';

/**
 * Data keys kept in memory: those that were used last, however long ago they were read. One that is not kept is read
 * again, and commits wait for that.
 */
const defaultMaxCached = 10_000;

/** A new data key, and how it is stored. */
export function newDataKey(scope: KeyScope, master: EncryptionKey): { key: DataKey; wrapped: Uint8Array } {
  const bytes = randomBytes(32);
  return { key: dataKeyOf(bytes), wrapped: wrap(scope, bytes, master) };
}

/** A data key under another master key; null when it was not wrapped with the first one. */
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

/** The data keys of a store: each is made when it is first needed. */
export class DataKeys {
  readonly #store: Store;
  readonly #master: EncryptionKey;
  readonly #damage: UnreadableReport;
  readonly #cache: LRUCache<KeyScope, DataKey>;
  readonly #making = new Map<KeyScope, Promise<DataKey>>();

  constructor(store: Store, master: EncryptionKey, damage: UnreadableReport, maxCached = defaultMaxCached) {
    this.#store = store;
    this.#master = master;
    this.#damage = damage;
    this.#cache = new LRUCache({ max: maxCached });
  }

  cached(scope: KeyScope): DataKey | undefined {
    return this.#cache.get(scope);
  }

  /** Null when there is none that can be opened. */
  async find(scope: KeyScope): Promise<DataKey | null> {
    const cached = this.#cache.get(scope);
    if (cached !== undefined) return cached;
    const entry = await this.#store.get(keyOfScope(scope));
    return entry === null ? null : this.#opened(scope, entry);
  }

  /** Throws a {@link UndecryptableValueError} when there is a key and it cannot be opened. */
  async check(scope: KeyScope): Promise<void> {
    if (this.#cache.has(scope)) return;
    const entry = await this.#store.get(keyOfScope(scope));
    if (entry !== null && this.#opened(scope, entry) === null) refuse();
  }

  /** Makes the key if there is none. Throws a {@link UndecryptableValueError} for one that cannot be opened: never a second. */
  async obtain(scope: KeyScope): Promise<DataKey> {
    const cached = this.#cache.get(scope);
    if (cached !== undefined) return cached;
    const making = this.#making.get(scope) ?? this.#make(scope).finally(() => this.#making.delete(scope));
    this.#making.set(scope, making);
    return making;
  }

  /** The key is read again when it is needed next. */
  drop(scope: KeyScope): void {
    this.#cache.delete(scope);
  }

  /** All keys are read again: the store may have lost some, and what they sealed from now on could not be opened. */
  dropAll(): void {
    this.#cache.clear();
  }

  /** Deletes a key for ever, and with it whatever it has sealed: the one that there is before `permit` is asked. */
  async forget(scope: KeyScope, permit: () => Promise<void> = async () => undefined): Promise<void> {
    const key = keyOfScope(scope);
    try {
      const stored = await this.#store.get(key);
      await permit();
      if (stored !== null) await this.#store.commit({ checks: [{ key, version: stored.version }], deletes: [key] });
    } finally {
      // Afterwards, so that nobody has put it back meanwhile: what it sealed from now on would be lost.
      this.#cache.delete(scope);
    }
  }

  #make(scope: KeyScope): Promise<DataKey> {
    const key = keyOfScope(scope);
    const attempt = async (): Promise<DataKey | undefined> => {
      const [stored = null, record = null] = await this.#store.getMany([key, keyCheckRecordKey]);
      if (stored !== null) return this.#opened(scope, stored) ?? refuse();
      // Another process may have changed the master key; a key under the former one would be lost.
      if (record === null || !isRecordOf(record.value, this.#master)) throw masterKeyChanged();
      const made = newDataKey(scope, this.#master);
      const result = await this.#store.commit({
        checks: [
          { key, version: null },
          { key: keyCheckRecordKey, version: record.version },
        ],
        sets: [
          { key, value: made.wrapped },
          { key: generationKey, value: new Uint8Array() },
        ],
      });
      return result.ok ? this.#keep(scope, made.key) : undefined;
    };
    return untilApplied(attempt, { exhausted: () => new Error('a data key changed too often to be created') });
  }

  #opened(scope: KeyScope, { value }: Entry): DataKey | null {
    const bytes = decrypt(this.#master, contextOf('entry', keyOfScope(scope)), value);
    if (bytes !== null) return this.#keep(scope, dataKeyOf(bytes));
    this.#damage.add(keyOfScope(scope), 'damaged');
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
  const message = 'The master key of the store was changed meanwhile; start this process again.';
  return new GatewayError({ code: 'unavailable', message });
}
