import { BufferJSON, proto, type SignalDataSet, type SignalDataTypeMap } from '@whiskeysockets/baileys';
import { LRUCache } from 'lru-cache';
import type { Identity, KeyChange } from '../../../store/records/credentials.ts';

type KeyType = keyof SignalDataTypeMap;

/** What is read for every message, and never changed in place by those who read it. */
const cachedTypes: ReadonlySet<string> = new Set<KeyType>([
  'session',
  'sender-key',
  'identity-key',
  'lid-mapping',
  'tctoken',
]);

/** Keys kept in memory for one connection, also that there is none: at most 2 KB each. */
const maxCached = 512;

/** A change that is not durable yet. */
interface Pending {
  value: unknown;
  durable: Promise<void>;
}

/**
 * The Signal keys of one connection. A change is seen by every later read at once, and is durable when its promise
 * resolves, so that several messages can be encrypted while one flush of the disk covers all of them. When the store
 * fails, nothing of this keyring can be trusted any more: `onFailure` is called once, before anybody else hears of it,
 * and every later use rejects.
 */
export class SignalKeyStore {
  readonly #identity: Pick<Identity, 'keys' | 'changeKeys'>;
  readonly #onFailure: (error: unknown) => void;
  readonly #pending = new Map<string, Pending>();
  /** Null: there is none. */
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
    const unread = ids.filter((id) => !this.#copyKnown(type, id, values));
    if (unread.length === 0) return values;
    const stored = await this.#orFail(this.#identity.keys(type, unread));
    for (const id of unread) {
      // It may have been changed since the store was asked.
      if (this.#copyKnown(type, id, values)) continue;
      const value = stored.get(id);
      if (value !== undefined) values[id] = decode(type, value);
      this.#remember(type, nameOf(type, id), values[id] ?? null);
    }
    return values;
  }

  /** Applies all changes or none; null deletes. Resolves when they are durable. */
  change(data: SignalDataSet): Promise<void> {
    this.#refuseAfterFailure();
    const entries = entriesOf(data);
    if (entries.length === 0) return Promise.resolve();
    const earlier = entries.flatMap(({ name }) => this.#pending.get(name)?.durable ?? []);
    const changes = entries.map(({ change }) => change);
    // Changes of one key are stored in their order, others need not wait for each other.
    const durable = this.#orFail(
      earlier.length === 0
        ? this.#identity.changeKeys(changes)
        : Promise.all(earlier).then(() => this.#identity.changeKeys(changes)),
    );
    for (const { name, value } of entries) this.#pending.set(name, { value, durable });
    return durable.then(() => this.#settle(entries, durable));
  }

  #settle(entries: readonly ChangeEntry[], durable: Promise<void>): void {
    for (const { name, type, value } of entries) {
      if (this.#pending.get(name)?.durable !== durable) continue;
      this.#pending.delete(name);
      this.#remember(type, name, value);
    }
  }

  /** Whether the value is known without the store; if so, and if there is one, it is put into `values`. */
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
   * The connection is over. What of it still runs must not advance a ratchet any more: it could confirm nothing, and
   * WhatsApp delivers again what was not confirmed.
   */
  close(): void {
    this.#failure ??= { error: new Error('the connection of these keys is over') };
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
    Object.entries(values).map(([id, value]) => ({
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

/** What was put in under a type comes out under the same: only null stands for no value. */
function isValue<T extends KeyType>(value: unknown): value is SignalDataTypeMap[T] {
  return value !== null && value !== undefined;
}

function encode(type: string, value: unknown): string {
  return type === 'session' ? JSON.stringify(value) : JSON.stringify(value, BufferJSON.replacer);
}

function decode(type: KeyType, value: string) {
  // A Signal session is text all through, and the largest value that is read for each message.
  if (type === 'session') return JSON.parse(value);
  const parsed = JSON.parse(value, BufferJSON.reviver);
  return type === 'app-state-sync-key' ? proto.Message.AppStateSyncKeyData.fromObject(parsed) : parsed;
}
