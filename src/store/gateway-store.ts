import type { SessionAddress } from '../domain/session.ts';
import type { Store } from './contract.ts';
import type { PartOfSession } from './record-kinds.ts';

/** `failing`: a commit failed, and so did the probe after it. */
export type StoreState = 'working' | 'failing';

export type StoreHealthListener = (state: StoreState, cause: unknown) => void;

/** Whether a store can be written. */
export interface StoreHealth {
  readonly state: StoreState;
  /** Calls back on every change of the state; with the last error when it becomes `failing`. */
  onChange(listener: StoreHealthListener): void;
}

/** The store as the gateway uses it: sealed, and watched. */
export interface GatewayStore extends Store {
  /** Whether it can be written. */
  readonly health: StoreHealth;
  /**
   * Rejects with a `DamagedValueError` when a data key of a session is damaged: then nothing that it has can be read,
   * and nothing can be stored for it.
   */
  checkKeys(address: SessionAddress): Promise<void>;
  /**
   * Deletes the data key of a part of a session for ever: what is left of that part cannot be read any more. `permit`
   * rejects when that must not be; a key that was made since it was asked stays.
   */
  shred(address: SessionAddress, part: PartOfSession, permit?: () => Promise<void>): Promise<void>;
  /** Data keys of the session that are kept in memory may be former ones: another process may have replaced them. */
  forgetKeys(address: SessionAddress): void;
}
