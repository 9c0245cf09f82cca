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

/** The store as the gateway uses it: encrypted and health-checked. */
export interface GatewayStore extends Store {
  /** Whether it can be written. */
  readonly health: StoreHealth;
  /**
   * Rejects with a `DamagedValueError` when a data key of a session is unreadable: then nothing of the session can be
   * read or stored.
   */
  checkKeys(address: SessionAddress): Promise<void>;
  /**
   * Deletes the data key of a part of a session: what remains of that part can never be read again. `permit` rejects
   * to prevent that; a key that was created after `permit` was called stays.
   */
  shred(address: SessionAddress, part: PartOfSession, permit?: () => Promise<void>): Promise<void>;
  /** Drops cached data keys of the session, which another process may have replaced. */
  forgetKeys(address: SessionAddress): void;
}
