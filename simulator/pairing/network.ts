import type { BackgroundTasks } from '../ledger/background-tasks.ts';
import type { PairingRegistry } from './pairing-registry.ts';

/** The part of the simulated network that pairing depends on. */
export interface PairingNetwork {
  readonly pairing: PairingRegistry;
  readonly background: BackgroundTasks;
}
