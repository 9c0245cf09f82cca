import type { ScheduleTimer } from '../../../src/domain/clock.ts';
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

/** How a call of the store goes: how long it is on its way there and back, and whether its caller gets an error. */
export interface CallOutcome {
  thereMs: number;
  backMs: number;
  /** `before`: nothing was done; `after`: it was done all the same. */
  error: 'none' | 'before' | 'after';
}

export interface FaultyStoreOptions {
  store: Store;
  /** Asked once for each call. */
  outcomeOf: (call: 'read' | 'commit') => CallOutcome;
  /** Of the process that calls: when that dies, a call on its way there is lost, and so is an answer on its way back. */
  delay: ScheduleTimer;
}

/** A store at the other end of a line that is slow and breaks. Without faults it is the store itself. */
export class FaultyStore implements Store {
  readonly #store: Store;
  readonly #outcomeOf: FaultyStoreOptions['outcomeOf'];
  readonly #delay: ScheduleTimer;

  constructor({ store, outcomeOf, delay }: FaultyStoreOptions) {
    this.#store = store;
    this.#outcomeOf = outcomeOf;
    this.#delay = delay;
  }

  get(key: Key): Promise<Entry | null> {
    return this.#call('read', () => this.#store.get(key));
  }

  getMany(keys: readonly Key[]): Promise<(Entry | null)[]> {
    return this.#call('read', () => this.#store.getMany(keys));
  }

  list(prefix: Key, options: ListOptions): Promise<Entry[]> {
    return this.#call('read', () => this.#store.list(prefix, options));
  }

  commit(commit: Commit): Promise<CommitResult> {
    const asItIs = structuredClone(commit);
    return this.#call('commit', () => this.#store.commit(asItIs));
  }

  read(log: Key, options: ReadOptions): Promise<LogSlice> {
    return this.#call('read', () => this.#store.read(log, options));
  }

  tail(log: Key): Promise<string | null> {
    return this.#call('read', () => this.#store.tail(log));
  }

  follow(log: Key, options: { after?: string; signal: AbortSignal }): AsyncIterable<LogSlice> {
    return this.#store.follow(log, options);
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#store[Symbol.asyncDispose]();
  }

  async #call<Answer>(call: 'read' | 'commit', make: () => Promise<Answer>): Promise<Answer> {
    const { thereMs, backMs, error } = this.#outcomeOf(call);
    if (thereMs > 0) await this.#pass(thereMs);
    if (error === 'before') throw broken();
    const answer = await make();
    if (backMs > 0) await this.#pass(backMs);
    if (error === 'after') throw broken();
    return answer;
  }

  #pass(ms: number): Promise<void> {
    return new Promise((resolve) => this.#delay(ms, resolve));
  }
}

function broken(): GatewayError {
  return new GatewayError({ code: 'unavailable', message: 'The line to the store is broken.', retryAfterMs: 1000 });
}
