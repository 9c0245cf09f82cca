import type { GroupNetwork } from '../groups/network.ts';
import type { BackgroundTasks } from '../ledger/background-tasks.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Settings } from '../settings.ts';
import type { UsedKeys } from '../signal/used-keys.ts';
import type { MediaStore } from './media-store.ts';

/** The part of the simulated network that sending and receiving messages depends on. */
export interface MessageNetwork extends GroupNetwork {
  readonly settings: Settings;
  readonly ledger: Ledger;
  readonly usedKeys: UsedKeys;
  readonly media: MediaStore;
  readonly background: BackgroundTasks;
}
