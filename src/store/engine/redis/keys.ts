import type { Commit, Key } from '../../contract.ts';

/**
 * The names of Redis's keys. The partition is in braces, which makes it the hash tag: all keys of a partition are
 * in one slot of a cluster, so that one script may touch them.
 */
export class RedisKeys {
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  entries(partition: string): string {
    return `${this.#prefix}{${partition}}:entries`;
  }

  order(partition: string): string {
    return `${this.#prefix}{${partition}}:order`;
  }

  /** The three keys that hold the entries of a partition, as a commit names them. */
  ofPartition(partition: string): [entries: string, order: string, expiry: string] {
    return [this.entries(partition), this.order(partition), `${this.#prefix}{${partition}}:expiry`];
  }

  /** Of an encoded key of a log; also the channel on which its followers are woken. */
  log(encoded: string): string {
    return `${this.#prefix}{${encoded.slice(0, encoded.indexOf('\0'))}}:log:${encoded}`;
  }
}

/** The one partition of a commit; null for one that does nothing. */
export function partitionOf({ checks = [], sets = [], deletes = [], trims = [], appends = [] }: Commit): string | null {
  const keys: (Key | undefined)[] = [checks[0]?.key, sets[0]?.key, deletes[0], trims[0]?.log, appends[0]?.log];
  return keys.find((key) => key !== undefined)?.[0] ?? null;
}
