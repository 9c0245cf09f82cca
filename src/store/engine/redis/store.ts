import { randomBytes } from 'node:crypto';
import type { Commit, CommitResult, Entry, Key, ListOptions, LogSlice, ReadOptions, Store } from '../../contract.ts';
import { type CommitPlan, checkKeys, checkLimit, planCommit } from '../commit-plan.ts';
import { cursorsAhead, toPosition } from '../cursors.ts';
import { encodeKey, rangeBelow } from '../key-encoding.ts';
import { LogTails } from '../log-tail.ts';
import { unconfirmed } from '../replication-error.ts';
import { unavailable } from '../unavailable.ts';
import { type Argument, RedisConnection } from './connection.ts';
import { toCommitted, toEntry, toListed, toMessage, toSlice, toTail } from './decode-replies.ts';
import { partitionOf, RedisKeys } from './keys.ts';
import { breakScript, commitScript, deleteScript, getScript, listScript, readScript, tailScript } from './scripts.ts';

const followLimit = 500;

export interface RedisOptions {
  url: string;
  /** The prefix of every key. */
  prefix?: string;
  /** Replicas that must have a commit before it counts. */
  replicas?: number;
  /** Epoch milliseconds; Redis's own time unless given. */
  now?: () => number;
  /** How long Redis may take to answer for the first time. */
  connectTimeoutMs?: number;
  /** Aborts connecting. */
  signal?: AbortSignal | undefined;
}

/** How long replicas may take to confirm. */
const replicaTimeoutMs = 100;

/** Opens the store in Redis. Rejects when it cannot be reached. */
export async function openRedisStore(options: RedisOptions): Promise<RedisStore> {
  const wake = { all: () => {} };
  const onReady = () => wake.all();
  const { url, connectTimeoutMs: timeoutMs = 10_000, signal } = options;
  const connection = await RedisConnection.open({ url, onReady }, { timeoutMs, signal });
  const store = new RedisStore(connection, options);
  // Messages that were sent while there was no connection were missed.
  wake.all = () => store.wakeFollowers();
  return store;
}

/** The storage contract over one Redis, which any number of processes may share. */
export class RedisStore implements Store {
  readonly connection: RedisConnection;
  readonly #keys: RedisKeys;
  readonly #now: (() => number) | undefined;
  readonly #replicas: number;
  readonly #followers: LogTails;
  // A random prefix for each opening makes versions unique without a counter in Redis.
  readonly #opening = randomBytes(9).toString('base64url');
  #commits = 0;
  #state: 'open' | 'closed' = 'open';

  constructor(connection: RedisConnection, { prefix = 'troupe:', replicas = 0, now }: Omit<RedisOptions, 'url'>) {
    this.connection = connection;
    this.#keys = new RedisKeys(prefix);
    this.#now = now;
    this.#replicas = replicas;
    this.#followers = new LogTails({
      read: (log, position) => this.#read(log, position, followLimit),
      watch: (log) =>
        connection.subscribe(this.#keys.log(log), (message) => this.#followers.wake(log, toMessage(message))),
      unwatch: (log) => connection.unsubscribe(this.#keys.log(log)),
    });
  }

  async get(key: Key): Promise<Entry | null> {
    const [entry = null] = await this.getMany([key]);
    return entry;
  }

  async getMany(keys: readonly Key[]): Promise<(Entry | null)[]> {
    const byPartition = Map.groupBy(checkKeys(keys), ([partition]) => partition);
    const found = new Map<Key, Entry | null>();
    await Promise.all(
      [...byPartition].map(async ([partition, group]) => {
        const args = [this.#time(), ...group.map(encodeKey)];
        const reply = await this.connection.run(getScript, [this.#keys.entries(partition)], args);
        for (const [index, entry] of toEntry(group, reply).entries()) {
          const key = group[index];
          if (key !== undefined) found.set(key, entry);
        }
      }),
    );
    return keys.map((key) => found.get(key) ?? null);
  }

  async list(prefix: Key, options: ListOptions): Promise<Entry[]> {
    const limit = checkLimit(options.limit);
    const { from, to } = rangeBelow(prefix);
    const after = encodeKey(options.after ?? prefix);
    const begin = Buffer.compare(Buffer.from(after), Buffer.from(from)) > 0 ? after : from;
    const [partition] = prefix;
    const keys = [this.#keys.entries(partition), this.#keys.order(partition)];
    return toListed(await this.connection.run(listScript, keys, [this.#time(), begin, to, String(limit)]));
  }

  async commit(commit: Commit): Promise<CommitResult> {
    const plan = planCommit(commit);
    const partition = partitionOf(commit);
    if (partition === null) return { ok: true, version: this.#newVersion(), cursors: [] };
    const version = this.#newVersion();
    const logs = [...plan.trims, ...plan.appends].map(({ log }) => this.#keys.log(log));
    const keys = [...this.#keys.ofPartition(partition), ...logs];
    const script = plan.sets.length + plan.appends.length === 0 ? deleteScript : commitScript;
    const committing = this.connection.run(script, keys, this.#argumentsOf(plan, version));
    const confirmed = this.#replicas === 0 ? null : this.#confirm();
    const result = toCommitted(await committing, version);
    if (result !== 'late') {
      await confirmed;
      return result;
    }
    await this.connection.readTime();
    throw unavailable('The store took too long; nothing was done.');
  }

  async read(log: Key, options: ReadOptions): Promise<LogSlice> {
    return this.#read(encodeKey(log), toPosition(options.after), checkLimit(options.limit));
  }

  async tail(log: Key): Promise<string | null> {
    return toTail(await this.connection.run(tailScript, [this.#keys.log(encodeKey(log))], []));
  }

  async *follow(log: Key, options: { after?: string; signal: AbortSignal }): AsyncGenerator<LogSlice, void> {
    const position = toPosition(options.after);
    const encoded = encodeKey(log);
    if (this.#state === 'closed') await this.tail(log);
    yield* this.#followers.follow({ log: encoded, position, signal: options.signal });
  }

  /** Continues a log after all cursors that may have been given out, and deletes its entries: see `cursorsAhead`. */
  async breakLog(log: Key): Promise<void> {
    await this.connection.run(breakScript, [this.#keys.log(encodeKey(log))], [String(cursorsAhead)]);
  }

  wakeFollowers(): void {
    this.#followers.wakeAll();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#state = 'closed';
    this.#followers.end();
    await this.connection[Symbol.asyncDispose]();
  }

  async #read(log: string, after: number, limit: number): Promise<LogSlice> {
    return toSlice(await this.connection.run(readScript, [this.#keys.log(log)], [String(after), String(limit)]));
  }

  /** Sent right after a commit, so that the answer covers it. */
  async #confirm(): Promise<void> {
    const replicas = Number(await this.connection.send('WAIT', String(this.#replicas), String(replicaTimeoutMs)));
    if (replicas >= this.#replicas) return;
    throw unconfirmed();
  }

  #argumentsOf({ checks, sets, deletes, trims, appends }: CommitPlan, version: string): Argument[] {
    const counts = [checks, sets, deletes, trims, appends].map(({ length }) => String(length));
    return [
      this.#time(),
      this.connection.deadline(),
      version,
      ...counts,
      ...checks.flatMap((check) => [check.key, check.version ?? '']),
      ...sets.flatMap(({ key, expiresAt, lifetimeMs, value }) => [
        key,
        String(expiresAt ?? ''),
        String(lifetimeMs ?? ''),
        Buffer.from(value),
      ]),
      ...deletes,
      ...trims.map(({ through }) => `0-${through + 1}`),
      ...appends.flatMap(({ maxEntries, value }) => [String(maxEntries), Buffer.from(value)]),
    ];
  }

  #newVersion(): string {
    this.#commits += 1;
    return `${this.#opening}.${this.#commits}`;
  }

  #time(): string {
    return this.#now === undefined ? '' : String(this.#now());
  }
}
