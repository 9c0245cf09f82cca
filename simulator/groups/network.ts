import type { ConnectionNetwork } from '../connection/network.ts';
import type { Groups } from './groups.ts';

/** The part of the simulated network that a change of a group depends on. */
export interface GroupNetwork extends ConnectionNetwork {
  readonly groups: Groups;
}
