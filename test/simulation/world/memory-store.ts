import { GatewayError } from '../../../src/domain/errors.ts';
import type {
  Commit,
  CommitResult,
  Entry,
  Key,
  ListOptions,
  LogSlice,
  ReadOptions,
  Store,
} from '../../../src/store/contract.ts';
import { type CommitPlan, checkKeys, checkLimit, expiryOf, planCommit } from '../../../src/store/engine/commit-plan.ts';
import { toPosition } from '../../../src/store/engine/cursors.ts';
import { encodeKey } from '../../../src/store/engine/key-encoding.ts';
import { LogTails } from '../../../src/store/engine/log-tail.ts';

const followLimit = 500;

interface MemoryLog {
  entries: { position: number; value: Uint8Array }[];
  newest: number;
  trimmedThrough: number;
}

/** What a memory store holds; it outlives the stores that are opened on it. */
export class Memory {
  readonly entries = new Map<string, Entry & { expiresAt: number }>();
  readonly logs = new Map<string, MemoryLog>();
  commits = 0;
}

export interface MemoryStoreOptions {
  memory: Memory;
  /** Epoch milliseconds. */
  now: () => number;
  /** Told of every commit at the moment it is applied. */
  onApplied?: (commit: Commit) => void;
}

/** The storage contract in memory: every call takes effect at once. */
export class MemoryStore implements Store {
  readonly #memory: Memory;
  readonly #now: () => number;
  readonly #onApplied: (commit: Commit) => void;
  readonly #followers: LogTails;
  #state: 'open' | 'closed' = 'open';

  constructor({ memory, now, onApplied = () => undefined }: MemoryStoreOptions) {
    this.#memory = memory;
    this.#now = now;
    this.#onApplied = onApplied;
    this.#followers = new LogTails({
      read: (log, position) => {
        this.#refuseWhenClosed();
        return this.#read(log, position, followLimit);
      },
    });
  }

  async get(key: Key): Promise<Entry | null> {
    const encoded = encodeKey(key);
    this.#refuseWhenClosed();
    return this.#get(encoded);
  }

  async getMany(keys: readonly Key[]): Promise<(Entry | null)[]> {
    const encoded = checkKeys(keys).map(encodeKey);
    this.#refuseWhenClosed();
    return encoded.map((key) => this.#get(key));
  }

  async list(prefix: Key, options: ListOptions): Promise<Entry[]> {
    const limit = checkLimit(options.limit);
    const from = encodeKey(prefix);
    const after = Buffer.from(encodeKey(options.after ?? prefix));
    this.#refuseWhenClosed();
    return [...this.#memory.entries]
      .filter(([key, { expiresAt }]) => key.startsWith(from) && key !== from && expiresAt > this.#now())
      .map(([key, entry]) => ({ bytes: Buffer.from(key), entry }))
      .filter(({ bytes }) => Buffer.compare(bytes, after) > 0)
      .toSorted((one, other) => Buffer.compare(one.bytes, other.bytes))
      .slice(0, limit)
      .map(({ entry: { key, value, version } }) => ({ key, value, version }));
  }

  async commit(commit: Commit): Promise<CommitResult> {
    const plan = planCommit(commit);
    this.#refuseWhenClosed();
    if (plan.checks.some(({ key, version }) => (this.#get(key)?.version ?? null) !== version)) {
      return { ok: false, reason: 'conflict' };
    }
    const result = this.#apply(plan, commit.sets ?? []);
    this.#onApplied(commit);
    for (const { log } of plan.appends) this.#followers.wake(log);
    return result;
  }

  async read(log: Key, options: ReadOptions): Promise<LogSlice> {
    const encoded = encodeKey(log);
    const after = toPosition(options.after);
    const limit = checkLimit(options.limit);
    this.#refuseWhenClosed();
    return this.#read(encoded, after, limit);
  }

  async tail(log: Key): Promise<string | null> {
    const encoded = encodeKey(log);
    this.#refuseWhenClosed();
    const newest = this.#memory.logs.get(encoded)?.newest ?? 0;
    return newest === 0 ? null : toCursor(newest);
  }

  async *follow(log: Key, options: { after?: string; signal: AbortSignal }): AsyncGenerator<LogSlice, void> {
    const position = toPosition(options.after);
    const encoded = encodeKey(log);
    this.#refuseWhenClosed();
    yield* this.#followers.follow({ log: encoded, position, signal: options.signal });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#state = 'closed';
    this.#followers.end();
  }

  #get(encoded: string): Entry | null {
    const found = this.#memory.entries.get(encoded);
    if (found === undefined || found.expiresAt <= this.#now()) return null;
    return { key: found.key, value: found.value, version: found.version };
  }

  #apply(plan: CommitPlan, sets: readonly { key: Key }[]): Extract<CommitResult, { ok: true }> {
    this.#memory.commits += 1;
    const version = String(this.#memory.commits);
    for (const [index, set] of plan.sets.entries()) {
      const { key: encoded, value } = set;
      const expiresAt = expiryOf(set, this.#now());
      const key = sets[index]?.key;
      if (key === undefined) throw new Error('a commit plan does not fit its commit');
      this.#memory.entries.set(encoded, { key, value, version, expiresAt: expiresAt ?? Number.POSITIVE_INFINITY });
    }
    for (const key of plan.deletes) this.#memory.entries.delete(key);
    for (const trim of plan.trims) this.#trim(trim);
    return { ok: true, version, cursors: plan.appends.map((append) => toCursor(this.#append(append))) };
  }

  #trim({ log, through }: CommitPlan['trims'][number]): void {
    const kept = this.#memory.logs.get(log);
    if (kept === undefined) return;
    kept.entries = kept.entries.filter(({ position }) => position > through);
    kept.trimmedThrough = Math.max(kept.trimmedThrough, Math.min(through, kept.newest));
  }

  #append({ log, value, maxEntries }: CommitPlan['appends'][number]): number {
    const kept = this.#memory.logs.get(log) ?? { entries: [], newest: 0, trimmedThrough: 0 };
    this.#memory.logs.set(log, kept);
    kept.newest += 1;
    kept.entries.push({ position: kept.newest, value });
    while (kept.entries.length > maxEntries) kept.trimmedThrough = kept.entries.shift()?.position ?? 0;
    return kept.newest;
  }

  #read(log: string, after: number, limit: number): LogSlice {
    const { entries, trimmedThrough } = this.#memory.logs.get(log) ?? { entries: [], trimmedThrough: 0 };
    return {
      entries: entries
        .filter(({ position }) => position > after)
        .slice(0, limit)
        .map(({ position, value }) => ({ cursor: toCursor(position), value })),
      trimmedThrough: trimmedThrough === 0 ? null : toCursor(trimmedThrough),
    };
  }

  #refuseWhenClosed(): void {
    if (this.#state === 'open') return;
    throw new GatewayError({ code: 'unavailable', message: 'The store is closed.', retryAfterMs: 1000 });
  }
}

function toCursor(position: number): string {
  return String(position).padStart(16, '0');
}
