import { LRUCache } from 'lru-cache';
import type { SessionAddress } from '../../../domain/session.ts';

interface Depth {
  queued: number;
  /** `due`: a change failed, or nothing was counted yet; what is stored must be counted before the next one enters. */
  count: 'due' | 'done';
  counting: Promise<void> | null;
  /** When it was counted, by the clock that is given. */
  countedAt: number;
  /** Changes that are on their way to the store. */
  changing: Set<Promise<unknown>>;
  /** Calls that have it in their hands. */
  users: number;
}

/** How long a count is good for where other processes queue and take, too. */
const sharedForMs = 1_000;

/** Queues whose depth is remembered while nobody queues or takes; that of another one is counted again. */
const defaultMaxIdle = 10_000;

export interface QueueDepthsOptions {
  /** Whether this process is the only one that queues and takes. */
  writers: 'one' | 'many';
  /** Milliseconds. */
  now: () => number;
  /** Queues whose depth is remembered while nobody queues or takes. */
  maxIdle?: number;
}

/**
 * How many sends each session has queued. Counted in the store when that is due, then kept. A change that failed may
 * have been applied all the same, so it makes counting due; where several processes write, so does time, and the bound
 * of a queue may be overrun by what the others queue meanwhile.
 */
export class QueueDepths {
  readonly #count: (address: SessionAddress) => Promise<number>;
  readonly #options: QueueDepthsOptions;
  /** Those that are being counted or changed. */
  readonly #busy = new Map<string, Depth>();
  readonly #idle: LRUCache<string, Depth>;

  constructor(count: (address: SessionAddress) => Promise<number>, options: QueueDepthsOptions) {
    this.#count = count;
    this.#options = options;
    this.#idle = new LRUCache({ max: options.maxIdle ?? defaultMaxIdle });
  }

  /** Queues one more, unless that many are queued already. `hasEntered` tells it from the result. */
  enter<T>(
    address: SessionAddress,
    most: number,
    change: { run: () => Promise<T>; hasEntered: (result: T) => boolean },
  ): Promise<T | 'full'> {
    return this.#use(address, async (depth) => {
      const { writers, now } = this.#options;
      if (writers === 'many' && now() - depth.countedAt > sharedForMs) depth.count = 'due';
      while (depth.count === 'due') await this.#recount(address, depth);
      if (depth.queued >= most) return 'full';
      depth.queued += 1;
      const result = await this.#track(depth, change.run);
      if (!change.hasEntered(result)) depth.queued -= 1;
      return result;
    });
  }

  /** Takes one off the queue; `hasLeft` tells from the result whether it was there. */
  leave<T>(address: SessionAddress, change: { run: () => Promise<T>; hasLeft: (result: T) => boolean }): Promise<T> {
    return this.#use(address, async (depth) => {
      // A count that fails is no business of those who leave.
      while (depth.counting !== null) await Promise.allSettled([depth.counting]);
      const result = await this.#track(depth, change.run);
      if (change.hasLeft(result)) depth.queued -= 1;
      return result;
    });
  }

  /** How many a session has queued, for somebody to look at: nobody who queues or takes waits for that. */
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

  /** Counts while nothing changes: what is on its way is awaited, and what comes meanwhile waits for the count. */
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

  /** A depth that is in use is not forgotten: what is on its way to the store is counted in it alone. */
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
