import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { GatewayError } from '../../domain/errors.ts';
import type { Entry, Store } from '../contract.ts';
import { DamagedValueError, type DamageReport } from '../unreadable-value.ts';
import { open, type SealingKey, seal } from './cipher.ts';
import { generationKey, isRecordOf, masterRecordKey } from './key-check-record.ts';
import { contextOf, type DataKey, dataKeyOf, keyOfScope, type Scope } from './key-scope.ts';

/**
 * Data keys kept in memory: those that were used last, however long ago they were read. One that is not kept is read
 * again, and commits wait for that.
 */
const defaultMaxCached = 10_000;

/** Times that a key is tried to be made while others make or rewrap it. */
const maxConflicts = 20;

/** A new data key, and how it is stored. */
export function newDataKey(scope: Scope, master: SealingKey): { key: DataKey; wrapped: Uint8Array } {
  const bytes = randomBytes(32);
  return { key: dataKeyOf(bytes), wrapped: wrap(scope, bytes, master) };
}

/** A data key under another master key; null when it was not wrapped with the first one. */
export function rewrap(scope: Scope, wrapped: Uint8Array, from: SealingKey, to: SealingKey): Uint8Array | null {
  const bytes = open(from, contextOf('entry', keyOfScope(scope)), wrapped);
  return bytes === null ? null : wrap(scope, bytes, to);
}

function wrap(scope: Scope, bytes: Uint8Array, master: SealingKey): Uint8Array {
  return seal(master, contextOf('entry', keyOfScope(scope)), bytes);
}

/** The data keys of a store: each is made when it is first needed. */
export class DataKeys {
  readonly #store: Store;
  readonly #master: SealingKey;
  readonly #damage: DamageReport;
  readonly #cache: LRUCache<Scope, DataKey>;
  readonly #making = new Map<Scope, Promise<DataKey>>();

  constructor(store: Store, master: SealingKey, damage: DamageReport, maxCached = defaultMaxCached) {
    this.#store = store;
    this.#master = master;
    this.#damage = damage;
    this.#cache = new LRUCache({ max: maxCached });
  }

  cached(scope: Scope): DataKey | undefined {
    return this.#cache.get(scope);
  }

  /** Null when there is none that can be opened. */
  async find(scope: Scope): Promise<DataKey | null> {
    const cached = this.#cache.get(scope);
    if (cached !== undefined) return cached;
    const entry = await this.#store.get(keyOfScope(scope));
    return entry === null ? null : this.#opened(scope, entry);
  }

  /** Throws a {@link DamagedValueError} when there is a key and it cannot be opened. */
  async check(scope: Scope): Promise<void> {
    if (this.#cache.has(scope)) return;
    const entry = await this.#store.get(keyOfScope(scope));
    if (entry !== null && this.#opened(scope, entry) === null) refuse();
  }

  /** Makes the key if there is none. Throws a {@link DamagedValueError} for one that cannot be opened: never a second. */
  async obtain(scope: Scope): Promise<DataKey> {
    const cached = this.#cache.get(scope);
    if (cached !== undefined) return cached;
    const making = this.#making.get(scope) ?? this.#make(scope).finally(() => this.#making.delete(scope));
    this.#making.set(scope, making);
    return making;
  }

  /** The key is read again when it is needed next. */
  drop(scope: Scope): void {
    this.#cache.delete(scope);
  }

  /** All keys are read again: the store may have lost some, and what they sealed from now on could not be opened. */
  dropAll(): void {
    this.#cache.clear();
  }

  /** Deletes a key for ever, and with it whatever it has sealed: the one that there is before `permit` is asked. */
  async forget(scope: Scope, permit: () => Promise<void> = async () => undefined): Promise<void> {
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

  async #make(scope: Scope): Promise<DataKey> {
    const key = keyOfScope(scope);
    for (let conflicts = 0; conflicts < maxConflicts; conflicts += 1) {
      const [stored = null, record = null] = await this.#store.getMany([key, masterRecordKey]);
      if (stored !== null) return this.#opened(scope, stored) ?? refuse();
      // Another process may have changed the master key; a key under the former one would be lost.
      if (record === null || !isRecordOf(record.value, this.#master)) throw masterKeyChanged();
      const made = newDataKey(scope, this.#master);
      const result = await this.#store.commit({
        checks: [
          { key, version: null },
          { key: masterRecordKey, version: record.version },
        ],
        sets: [
          { key, value: made.wrapped },
          { key: generationKey, value: new Uint8Array() },
        ],
      });
      if (result.ok) return this.#keep(scope, made.key);
    }
    throw new Error('a data key changed too often to be made');
  }

  #opened(scope: Scope, { value }: Entry): DataKey | null {
    const bytes = open(this.#master, contextOf('entry', keyOfScope(scope)), value);
    if (bytes !== null) return this.#keep(scope, dataKeyOf(bytes));
    this.#damage.add(keyOfScope(scope), 'damaged');
    return null;
  }

  #keep(scope: Scope, key: DataKey): DataKey {
    this.#cache.set(scope, key);
    return key;
  }
}

function refuse(): never {
  throw new DamagedValueError();
}

function masterKeyChanged(): GatewayError {
  const message = 'The master key of the store was changed meanwhile; start this process again.';
  return new GatewayError({ code: 'unavailable', message });
}
