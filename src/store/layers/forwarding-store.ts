import type { SessionAddress } from '../../domain/session.ts';
import type { Commit, CommitResult, Entry, Key, ListOptions, LogSlice, ReadOptions, Store } from '../contract.ts';
import type { GatewayStore, StoreHealth } from '../gateway-store.ts';
import type { PartOfSession } from '../record-kinds.ts';

/** Passes every call on to another store. A layer extends it and overrides the calls that it changes. */
export class ForwardingStore<S extends Store = Store> implements Store {
  protected readonly inner: S;

  constructor(inner: S) {
    this.inner = inner;
  }

  get(key: Key): Promise<Entry | null> {
    return this.inner.get(key);
  }

  getMany(keys: readonly Key[]): Promise<(Entry | null)[]> {
    return this.inner.getMany(keys);
  }

  list(prefix: Key, options: ListOptions): Promise<Entry[]> {
    return this.inner.list(prefix, options);
  }

  commit(commit: Commit): Promise<CommitResult> {
    return this.inner.commit(commit);
  }

  read(log: Key, options: ReadOptions): Promise<LogSlice> {
    return this.inner.read(log, options);
  }

  tail(log: Key): Promise<string | null> {
    return this.inner.tail(log);
  }

  follow(log: Key, options: { after?: string; signal: AbortSignal }): AsyncIterable<LogSlice> {
    return this.inner.follow(log, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.inner[Symbol.asyncDispose]();
  }
}

/** The same for the calls that only the gateway's store has. */
export class ForwardingGatewayStore extends ForwardingStore<GatewayStore> implements GatewayStore {
  get health(): StoreHealth {
    return this.inner.health;
  }

  checkKeys(address: SessionAddress): Promise<void> {
    return this.inner.checkKeys(address);
  }

  shred(address: SessionAddress, part: PartOfSession, permit?: () => Promise<void>): Promise<void> {
    return this.inner.shred(address, part, permit);
  }

  forgetKeys(address: SessionAddress): void {
    this.inner.forgetKeys(address);
  }
}
