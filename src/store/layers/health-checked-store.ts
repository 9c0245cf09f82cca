import { type ScheduleTimer, sleep, systemTimer } from '../../domain/clock.ts';
import { GatewayError, storeUnavailable } from '../../domain/errors.ts';
import { gatewayPartition } from '../../domain/id-schemas.ts';
import type { Commit, CommitResult, Store } from '../contract.ts';
import type { StoreHealth, StoreHealthListener, StoreState } from '../gateway-store.ts';
import { keyIn } from '../record-kinds.ts';
import { ForwardingStore } from './forwarding-store.ts';

/** How often a failing store is probed. */
const probeIntervalMs = 1_000;

/** The size of a probe: on a disk that is nearly full, a small commit succeeds where the next one fails. */
const probeBytes = 64 * 1024;

const probeKey = keyIn(gatewayPartition, 'store-probe');
const probeLifetimeMs = 60_000;

/**
 * Watches the commits of a store. After a failure the store is probed until it works again. While it fails, commits are
 * refused at once, so that what is answered as "not done" is not done in part; reads still reach the engine. A working
 * store is not probed: the first commit that fails reveals the fault.
 *
 * @param now epoch milliseconds, by the store's clock
 */
export function healthCheckedStore(
  store: Store,
  now: () => number,
  delay: ScheduleTimer = systemTimer,
): Store & StoreHealth {
  return new HealthCheckedStore(store, now, delay);
}

class HealthCheckedStore extends ForwardingStore implements StoreHealth {
  readonly #now: () => number;
  readonly #delay: ScheduleTimer;
  readonly #listeners: StoreHealthListener[] = [];
  readonly #closing = new AbortController();
  #state: StoreState = 'working';
  #probing: Promise<void> | undefined;

  constructor(inner: Store, now: () => number, delay: ScheduleTimer) {
    super(inner);
    this.#now = now;
    this.#delay = delay;
  }

  get state(): StoreState {
    return this.#state;
  }

  onChange(listener: StoreHealthListener): void {
    this.#listeners.push(listener);
  }

  override async commit(commit: Commit): Promise<CommitResult> {
    if (this.#state === 'failing') throw new GatewayError(storeUnavailable);
    try {
      return await this.inner.commit(commit);
    } catch (error) {
      if (isUnavailable(error)) this.#suspect();
      throw error;
    }
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await super[Symbol.asyncDispose]();
  }

  #suspect(): void {
    if (this.#closing.signal.aborted) return;
    this.#probing ??= this.#probeUntilWorking();
  }

  async #probeUntilWorking(): Promise<void> {
    const { signal } = this.#closing;
    for (;;) {
      const failure = await this.#probe();
      if (signal.aborted) return;
      if (failure === null) break;
      this.#become('failing', failure.cause);
      // Closing the store ends the wait, and the next probe returns.
      await sleep(this.#delay, probeIntervalMs, signal);
    }
    this.#probing = undefined;
    this.#become('working');
  }

  /** Why nothing can be written; null when the probe was written. */
  async #probe(): Promise<{ cause: unknown } | null> {
    const expiresAt = this.#now() + probeLifetimeMs;
    try {
      await this.inner.commit({ sets: [{ key: probeKey, value: new Uint8Array(probeBytes), expiresAt }] });
      return null;
    } catch (cause) {
      return { cause };
    }
  }

  #become(state: StoreState, cause?: unknown): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const listener of this.#listeners) listener(state, cause);
  }
}

/** Whether a store could not be used; any other error of a store is a bug of its caller. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof GatewayError && error.refusal.code === 'unavailable';
}
