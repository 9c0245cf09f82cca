import type { Directory } from '../accounts/directory.ts';
import type { Faults } from '../faults/faults.ts';
import type { Settings } from '../settings.ts';
import type { Connections } from './connections.ts';

/** The part of the simulated network that the life of a connection depends on. */
export interface ConnectionNetwork {
  readonly directory: Directory;
  readonly faults: Faults;
  readonly connections: Connections;
  readonly settings: Settings;
}
