import { LRUCache } from 'lru-cache';
import type { SessionAddress } from '../../../domain/session.ts';

interface Depth {
  queued: number;
  /** `due`: nothing was counted yet, or a change failed; the store must be counted before the next send enters. */
  count: 'due' | 'done';
  counting: Promise<void> | null;
  /** When it was counted, by the given clock. */
  countedAt: number;
  /** Changes that are being stored. */
  changing: Set<Promise<unknown>>;
  /** Calls that use it now. */
  users: number;
}

/** How long a count is valid when other processes change the queue, too. */
const sharedForMs = 1_000;

/** Unused queues whose depth is kept; those of others are counted again. */
const defaultMaxIdle = 10_000;

export interface QueueDepthsOptions {
  /** Whether this process alone changes the queues. */
  writers: 'one' | 'many';
  /** Milliseconds. */
  now: () => number;
  /** Unused queues whose depth is kept. */
  maxIdle?: number;
}

/**
 * How many sends each session has queued: counted in the store when due, then kept. A failed change may still have been
 * applied, so it makes counting due. With several writers so does time, and other processes may exceed a queue's limit
 * between two counts.
 */
export class QueueDepths {
  readonly #count: (address: SessionAddress) => Promise<number>;
  readonly #options: QueueDepthsOptions;
  /** Depths that are being counted or changed. */
  readonly #busy = new Map<string, Depth>();
  readonly #idle: LRUCache<string, Depth>;

  constructor(count: (address: SessionAddress) => Promise<number>, options: QueueDepthsOptions) {
    this.#count = count;
    this.#options = options;
    this.#idle = new LRUCache({ max: options.maxIdle ?? defaultMaxIdle });
  }

  /** Adds one, unless the queue has `limit` sends already. `hasEntered` decides by the result whether it was added. */
  enter<T>(
    address: SessionAddress,
    limit: number,
    change: { run: () => Promise<T>; hasEntered: (result: T) => boolean },
  ): Promise<T | 'full'> {
    return this.#use(address, async (depth) => {
      const { writers, now } = this.#options;
      if (writers === 'many' && now() - depth.countedAt > sharedForMs) depth.count = 'due';
      while (depth.count === 'due') await this.#recount(address, depth);
      if (depth.queued >= limit) return 'full';
      depth.queued += 1;
      const result = await this.#track(depth, change.run);
      if (!change.hasEntered(result)) depth.queued -= 1;
      return result;
    });
  }

  /** Removes one; `hasLeft` decides by the result whether it was in the queue. */
  leave<T>(address: SessionAddress, change: { run: () => Promise<T>; hasLeft: (result: T) => boolean }): Promise<T> {
    return this.#use(address, async (depth) => {
      // A failed count does not concern removals.
      while (depth.counting !== null) await Promise.allSettled([depth.counting]);
      const result = await this.#track(depth, change.run);
      if (change.hasLeft(result)) depth.queued -= 1;
      return result;
    });
  }

  /** How many sends a session has queued, for display: it does not delay changes. */
  async queuedIn(address: SessionAddress): Promise<number> {
    const depth = this.#busy.get(address.session) ?? this.#idle.get(address.session);
    const isKept = this.#options.writers === 'one' && depth?.count === 'done';
    return isKept ? depth.queued : this.#count(address);
  }

  async #track<T>(depth: Depth, run: () => Promise<T>): Promise<T> {
    const running = run();
    depth.changing.add(running);
    try {
      return await running;
    } catch (error) {
      depth.count = 'due';
      throw error;
    } finally {
      depth.changing.delete(running);
    }
  }

  /** Counts while nothing changes: awaits the changes in progress, and later ones wait for the count. */
  #recount(address: SessionAddress, depth: Depth): Promise<void> {
    const count = async (): Promise<void> => {
      try {
        await Promise.allSettled(depth.changing);
        depth.queued = await this.#count(address);
        depth.countedAt = this.#options.now();
        depth.count = 'done';
      } finally {
        depth.counting = null;
      }
    };
    depth.counting ??= count();
    return depth.counting;
  }

  /** A depth in use is not evicted: the changes in progress are counted only in it. */
  async #use<T>({ session }: SessionAddress, work: (depth: Depth) => Promise<T>): Promise<T> {
    const depth = this.#busy.get(session) ?? this.#idle.get(session) ?? newDepth();
    depth.users += 1;
    this.#busy.set(session, depth);
    this.#idle.delete(session);
    try {
      return await work(depth);
    } finally {
      depth.users -= 1;
      if (depth.users === 0) {
        this.#busy.delete(session);
        this.#idle.set(session, depth);
      }
    }
  }
}

function newDepth(): Depth {
  return { queued: 0, count: 'due', counting: null, countedAt: 0, changing: new Set(), users: 0 };
}
