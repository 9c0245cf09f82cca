import { BufferJSON, proto, type SignalDataSet, type SignalDataTypeMap } from '@whiskeysockets/baileys';
import { LRUCache } from 'lru-cache';
import type { SetEntry } from '../../../store/contract.ts';
import type { Identity, KeyChange } from '../../../store/records/sessions/credentials.ts';
import { revivableSenderKeys } from './sender-key-record.ts';

type KeyType = keyof SignalDataTypeMap;

/** Types that are read for every message, and never mutated by their readers. */
const cachedTypes: ReadonlySet<string> = new Set<KeyType>([
  'session',
  'sender-key',
  'identity-key',
  'lid-mapping',
  'tctoken',
]);

/** Cached keys per connection, at most 2 KB each; absent keys are cached, too. */
const maxCached = 512;

/** A change that is not durable yet. */
interface Pending {
  value: unknown;
  durable: Promise<void>;
}

/**
 * The Signal keys of one connection. Later reads see a change at once; it is durable when its promise resolves, so that
 * one flush of the disk covers several encrypted messages. After a failure of the store the cached keys cannot be trusted:
 * `onFailure` is called once, before the caller's promise rejects, and every later call rejects.
 */
export class SignalKeyStore {
  readonly #identity: Pick<Identity, 'keys' | 'changeKeys'>;
  readonly #onFailure: (error: unknown) => void;
  readonly #pending = new Map<string, Pending>();
  /** A null value: the key is absent. */
  readonly #cache = new LRUCache<string, { value: unknown }>({ max: maxCached });
  #failure: { error: unknown } | undefined;

  constructor(identity: Pick<Identity, 'keys' | 'changeKeys'>, onFailure: (error: unknown) => void) {
    this.#identity = identity;
    this.#onFailure = onFailure;
  }

  /** The values by id; those that are absent are left out. */
  async get<T extends KeyType>(type: T, ids: readonly string[]): Promise<{ [id: string]: SignalDataTypeMap[T] }> {
    this.#refuseAfterFailure();
    const values: { [id: string]: SignalDataTypeMap[T] } = {};
    // Baileys takes some ids from a stanza, which may lack them.
    const unread = ids.filter((id) => typeof id === 'string' && !this.#copyKnown(type, id, values));
    if (unread.length === 0) return values;
    const stored = await this.#orFail(this.#identity.keys(type, unread));
    for (const id of unread) {
      // It may have been changed since the read began.
      if (this.#copyKnown(type, id, values)) continue;
      const value = stored.get(id);
      if (value !== undefined) values[id] = decode(type, value);
      this.#remember(type, nameOf(type, id), values[id] ?? null);
    }
    return values;
  }

  /**
   * Applies all changes or none; null deletes. Resolves when they are durable. `also`: entries of other kinds, for the
   * same commit.
   */
  change(data: SignalDataSet, also: readonly SetEntry[] = []): Promise<void> {
    this.#refuseAfterFailure();
    const entries = entriesOf(data);
    if (entries.length === 0 && also.length === 0) return Promise.resolve();
    const earlier = entries.flatMap(({ name }) => this.#pending.get(name)?.durable ?? []);
    const changes = entries.map(({ change }) => change);
    // Changes of one key are stored in order, others concurrently.
    const durable = this.#orFail(
      earlier.length === 0
        ? this.#identity.changeKeys(changes, also)
        : Promise.all(earlier).then(() => this.#identity.changeKeys(changes, also)),
    );
    for (const { name, value } of entries) this.#pending.set(name, { value, durable });
    return durable.then(() => this.#settle(entries, durable));
  }

  /**
   * Changes stored values of a type that is not cached; `change` yields the new value, null to delete it.
   * @param stored the values, read when this begins
   */
  async rewrite(
    type: KeyType,
    stored: AsyncIterable<{ id: string; value: string }>,
    change: (value: string) => string | null,
  ): Promise<void> {
    await this.settled();
    this.#refuseAfterFailure();
    const changes: KeyChange[] = [];
    for await (const { id, value } of stored) {
      const next = change(value);
      if (next !== value) changes.push({ type, id, value: next });
    }
    if (changes.length > 0) await this.#orFail(this.#identity.changeKeys(changes));
  }

  #settle(entries: readonly ChangeEntry[], durable: Promise<void>): void {
    for (const { name, type, value } of entries) {
      if (this.#pending.get(name)?.durable !== durable) continue;
      this.#pending.delete(name);
      this.#remember(type, name, value);
    }
  }

  /** Whether the value is pending or cached; it is copied into `values` unless absent. */
  #copyKnown<T extends KeyType>(type: T, id: string, values: { [id: string]: SignalDataTypeMap[T] }): boolean {
    const name = nameOf(type, id);
    const known = this.#pending.get(name) ?? this.#cache.get(name);
    if (known === undefined) return false;
    if (isValue<T>(known.value)) values[id] = known.value;
    return true;
  }

  #remember(type: string, name: string, value: unknown): void {
    if (cachedTypes.has(type)) this.#cache.set(name, { value });
  }

  /** Resolves when every change so far is durable, or has failed. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#pending.values()].map(({ durable }) => durable));
  }

  /**
   * To be called when the connection is over. Its remaining work must not advance a ratchet any more: it cannot confirm
   * messages, so WhatsApp delivers them again.
   */
  close(): void {
    this.#failure ??= { error: new Error('the connection that used these keys is closed') };
  }

  async #orFail<R>(work: Promise<R>): Promise<R> {
    try {
      return await work;
    } catch (error) {
      if (this.#failure === undefined) {
        this.#failure = { error };
        this.#onFailure(error);
      }
      throw error;
    }
  }

  #refuseAfterFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}

interface ChangeEntry {
  name: string;
  type: string;
  value: unknown;
  change: KeyChange;
}

function entriesOf(data: SignalDataSet): ChangeEntry[] {
  return Object.entries(data).flatMap(([type, values]) =>
    Object.entries(values)
      .map(([id, written]) => ({ id, value: readable(type, written) }))
      .map(({ id, value }) => ({
        name: nameOf(type, id),
        type,
        value,
        change: { type, id, value: value === null ? null : encode(type, value) },
      })),
  );
}

function nameOf(type: string, id: string): string {
  return `${type} ${id}`;
}

/** Values are read under the type that they were stored under; only null stands for an absent one. */
function isValue<T extends KeyType>(value: unknown): value is SignalDataTypeMap[T] {
  return value !== null && value !== undefined;
}

/** What Baileys can read again of what it writes. */
function readable(type: string, value: unknown): unknown {
  return type === 'sender-key' && value instanceof Uint8Array ? revivableSenderKeys(value) : value;
}

function encode(type: string, value: unknown): string {
  return type === 'session' ? JSON.stringify(value) : JSON.stringify(value, BufferJSON.replacer);
}

function decode(type: KeyType, value: string) {
  // A session contains no bytes, and is the largest value read for each message: the reviver would be wasted on it.
  if (type === 'session') return JSON.parse(value);
  const parsed = JSON.parse(value, BufferJSON.reviver);
  if (type === 'sender-key') return readable(type, parsed);
  return type === 'app-state-sync-key' ? proto.Message.AppStateSyncKeyData.fromObject(parsed) : parsed;
}
