import type { Commit, CommitResult, Entry, Key } from '../contract.ts';
import { encodeKey } from '../engine/key-encoding.ts';
import type { GatewayStore } from '../gateway-store.ts';
import { kindOf } from '../record-kinds.ts';
import { EntryCache, type WrittenEntry } from './entry-cache.ts';
import { ForwardingGatewayStore } from './forwarding-store.ts';

export interface CachingOptions {
  /** Epoch milliseconds, by the store's clock. */
  now: () => number;
  /** Whether to cache an entry. Default: as its kind says. */
  keeps?: (key: Key) => boolean;
}

/** Answers from memory what this process has written. Only for a store in which no other process writes such entries. */
export class CachingStore extends ForwardingGatewayStore {
  readonly #now: () => number;
  readonly #keeps: (key: Key) => boolean;
  readonly #cache = new EntryCache();

  constructor(inner: GatewayStore, { now, keeps = (key) => kindOf(key)?.cached === true }: CachingOptions) {
    super(inner);
    this.#now = now;
    this.#keeps = keeps;
  }

  override async get(key: Key): Promise<Entry | null> {
    const known = this.#cache.find(encodeKey(key), this.#now());
    return known === undefined ? this.inner.get(key) : toEntry(key, known);
  }

  override async getMany(keys: readonly Key[]): Promise<(Entry | null)[]> {
    const now = this.#now();
    const entries: (Entry | null)[] = [];
    for (const key of keys) {
      const known = this.#cache.find(encodeKey(key), now);
      // One consistent view: all from memory, or all from the store.
      if (known === undefined) return this.inner.getMany(keys);
      entries.push(toEntry(key, known));
    }
    return entries;
  }

  override async commit(commit: Commit): Promise<CommitResult> {
    const written = this.#writtenBy(commit);
    const keys = this.#touchedBy(commit);
    this.#cache.beginWrite(keys);
    try {
      const result = await this.inner.commit(commit);
      this.#cache.endWrite(keys, result.ok ? versioned(written, result.version) : null);
      return result;
    } catch (error) {
      this.#cache.endWrite(keys, null);
      throw error;
    }
  }

  #touchedBy({ sets = [], deletes = [] }: Commit): string[] {
    return [...sets.map(({ key }) => key), ...deletes].filter((key) => this.#keeps(key)).map(encodeKey);
  }

  /** The entries that a commit leaves if it is applied, by encoded key. Values are copied: the caller may change its own. */
  #writtenBy({ sets = [], deletes = [] }: Commit): Map<string, Written> {
    const written = new Map<string, Written>();
    for (const { key, value, expiresAt = null, lifetimeMs } of sets) {
      // Only the engine knows when such an entry expires.
      if (this.#keeps(key) && lifetimeMs === undefined)
        written.set(encodeKey(key), { value: new Uint8Array(value), expiresAt });
    }
    for (const key of deletes) if (this.#keeps(key)) written.set(encodeKey(key), null);
    return written;
  }
}

type Written = Omit<WrittenEntry, 'version'> | null;

function versioned(written: ReadonlyMap<string, Written>, version: string): Map<string, WrittenEntry | null> {
  return new Map([...written].map(([key, entry]) => [key, entry === null ? null : { ...entry, version }]));
}

/** The value is not copied: codecs remember what they decoded by the identity of the bytes. */
function toEntry(key: Key, known: WrittenEntry | null): Entry | null {
  return known === null ? null : { key, value: known.value, version: known.version };
}
