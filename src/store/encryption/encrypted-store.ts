import { SerialQueue } from '../../domain/serial-queue.ts';
import type { SessionAddress } from '../../domain/session.ts';
import type { Commit, CommitResult, Entry, Key, ListOptions, LogSlice, ReadOptions, Store } from '../contract.ts';
import type { GatewayStore, StoreHealth } from '../gateway-store.ts';
import type { PartOfSession } from '../record-kinds.ts';
import { reportable, UndecryptableValueError, type UnreadableReport } from '../unreadable-value.ts';
import { decrypt } from './cipher.ts';
import type { DataKeys } from './data-keys.ts';
import { encryptCommit, scopesOf } from './encrypt-commit.ts';
import { contextOf, type DataKey, hideName, isNamed, type KeyScope, scopeOf, scopeOfPart } from './key-scope.ts';

/**
 * Encrypts every value before it reaches another store. It also hides some names ({@link isNamed}): lists yield them
 * hidden, in an order of their own, and every call accepts them hidden, too.
 *
 * A value is decrypted when it is read from its entry. An unreadable one throws a {@link UndecryptableValueError} there
 * and does not affect the others.
 */
export class EncryptedStore implements GatewayStore {
  readonly #inner: Store & StoreHealth;
  readonly #keys: DataKeys;
  readonly #unreadable: UnreadableReport;
  /** Commits that wait for a data key, and those that must not overtake them. */
  readonly #waiting = new SerialQueue();

  constructor(inner: Store & StoreHealth, keys: DataKeys, unreadable: UnreadableReport) {
    this.#inner = inner;
    this.#keys = keys;
    this.#unreadable = unreadable;
  }

  get health(): StoreHealth {
    return this.#inner;
  }

  async get(key: Key): Promise<Entry | null> {
    const keyFor = await this.#dataKeys([key]);
    const stored = storedKey(key, keyFor(key));
    const entry = stored === null ? null : await this.#inner.get(stored);
    return entry === null ? null : this.#decrypting(entry, key, keyFor(key));
  }

  async getMany(keys: readonly Key[]): Promise<(Entry | null)[]> {
    const keyFor = await this.#dataKeys(keys);
    const stored = keys.map((key) => storedKey(key, keyFor(key)));
    const found = await this.#inner.getMany(stored.filter((key) => key !== null));
    const entries = stored.map((key) => (key === null ? null : (found.shift() ?? null)));
    return keys.map((key, index) => {
      const entry = entries[index] ?? null;
      return entry === null ? null : this.#decrypting(entry, key, keyFor(key));
    });
  }

  async list(prefix: Key, { after, limit }: ListOptions): Promise<Entry[]> {
    scopeOf(prefix);
    const from = after === undefined ? null : storedKey(after, (await this.#dataKeys([after]))(after));
    const entries = await this.#inner.list(prefix, { limit, ...(from !== null && { after: from }) });
    const keyFor = await this.#dataKeys(entries.map(({ key }) => key));
    return entries.map((entry) => this.#decrypting(entry, entry.key, keyFor(entry.key)));
  }

  async commit(commit: Commit): Promise<CommitResult> {
    const scopes = scopesOf(commit);
    if (this.#waiting.isIdle && scopes.every((scope) => this.#keys.cached(scope) !== undefined)) {
      return this.#inner.commit(encryptCommit(commit, this.#cached));
    }
    return this.#commitInTurn(copyOf(commit), scopes);
  }

  async read(log: Key, options: ReadOptions): Promise<LogSlice> {
    scopeOf(log);
    return this.#decryptingSlice(await this.#inner.read(log, options), log);
  }

  async tail(log: Key): Promise<string | null> {
    scopeOf(log);
    return this.#inner.tail(log);
  }

  async *follow(log: Key, options: { after?: string; signal: AbortSignal }): AsyncGenerator<LogSlice, void> {
    scopeOf(log);
    for await (const slice of this.#inner.follow(log, options)) yield await this.#decryptingSlice(slice, log);
  }

  async checkKeys(address: SessionAddress): Promise<void> {
    await this.#keys.check(scopeOfPart(address, 'identity'));
    await this.#keys.check(scopeOfPart(address, 'rest'));
  }

  async shred(address: SessionAddress, part: PartOfSession, permit?: () => Promise<void>): Promise<void> {
    await this.#keys.forget(scopeOfPart(address, part), permit);
  }

  forgetKeys(address: SessionAddress): void {
    this.#keys.drop(scopeOfPart(address, 'identity'));
    this.#keys.drop(scopeOfPart(address, 'rest'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#waiting.settled();
    await this.#inner[Symbol.asyncDispose]();
  }

  /** Commits keep their order even when only some of them wait for a data key. */
  async #commitInTurn(commit: Commit, scopes: readonly KeyScope[]): Promise<CommitResult> {
    const { committing } = await this.#waiting.run(async () => {
      const found = await Promise.all(scopes.map(async (scope) => [scope, await this.#keys.obtain(scope)] as const));
      const keys = new Map(found);
      const encrypted = encryptCommit(commit, (scope) => keys.get(scope));
      // Only begun in turn, so that the engine can group it with the next one.
      return { committing: this.#inner.commit(encrypted) };
    });
    return committing;
  }

  readonly #cached = (scope: KeyScope): DataKey | undefined => this.#keys.cached(scope);

  /** The data keys for some keys of the store; null where there is none, or none that can be decrypted. */
  async #dataKeys(keys: readonly Key[]): Promise<(key: Key) => DataKey | null> {
    const found = new Map<KeyScope, DataKey | null>();
    for (const key of keys) {
      const scope = scopeOf(key);
      if (!found.has(scope)) found.set(scope, this.#keys.cached(scope) ?? (await this.#keys.find(scope)));
    }
    return (key) => found.get(scopeOf(key)) ?? null;
  }

  #decrypting({ key: stored, value: encrypted, version }: Entry, key: Key, dataKey: DataKey | null): Entry {
    const decrypted = () => this.#decrypt(dataKey, contextOf('entry', stored), encrypted, stored);
    return {
      key,
      get value() {
        return decrypted();
      },
      version,
    };
  }

  async #decryptingSlice({ entries, trimmedThrough }: LogSlice, log: Key): Promise<LogSlice> {
    if (entries.length === 0) return { entries: [], trimmedThrough };
    const dataKey = (await this.#dataKeys([log]))(log);
    const context = contextOf('log', log);
    const decrypted = entries.map(({ cursor, value: encrypted }) => {
      const value = () => this.#decrypt(dataKey, context, encrypted, log, cursor);
      return {
        cursor,
        get value() {
          return value();
        },
      };
    });
    return { entries: decrypted, trimmedThrough };
  }

  #decrypt(dataKey: DataKey | null, context: string, encrypted: Uint8Array, key: Key, cursor?: string): Uint8Array {
    const value = dataKey === null ? null : decrypt(dataKey, context, encrypted);
    if (value !== null) return reportable(value, () => this.#unreadable.add(key, 'unknown_form', cursor));
    this.#unreadable.add(key, 'damaged', cursor);
    throw new UndecryptableValueError();
  }
}

/** A key as the inner store has it; null when there can be no entry, because its scope has no data key to hide names. */
function storedKey(key: Key, dataKey: DataKey | null): Key | null {
  if (!isNamed(key)) return key;
  return dataKey === null ? null : hideName(key, dataKey);
}

/** Copies the values: the caller may change its own once `commit` has returned. */
function copyOf({ sets = [], appends = [], ...rest }: Commit): Commit {
  return {
    ...rest,
    sets: sets.map((set) => ({ ...set, value: new Uint8Array(set.value) })),
    appends: appends.map((append) => ({ ...append, value: new Uint8Array(append.value) })),
  };
}
