import { Directory } from './accounts/directory.ts';
import { Connections } from './connection/connections.ts';
import { Faults } from './faults/faults.ts';
import { Groups } from './groups/groups.ts';
import { BackgroundTasks } from './ledger/background-tasks.ts';
import { Ledger } from './ledger/ledger.ts';
import { MediaStore } from './messages/media-store.ts';
import type { MessageNetwork } from './messages/network.ts';
import type { PairingNetwork } from './pairing/network.ts';
import { PairingRegistry } from './pairing/pairing-registry.ts';
import type { Settings } from './settings.ts';
import { UsedKeys } from './signal/used-keys.ts';
import type { State } from './state/schema.ts';
import { createServerIdentity, type ServerIdentity } from './wire/certificates.ts';

/** One simulated WhatsApp. Each folder declares the part that it depends on; this is all of it. */
export interface Network extends MessageNetwork, PairingNetwork {
  readonly identity: ServerIdentity;
}

/**
 * @param ledgerSize how many ledger entries are kept
 * @param state saved by an earlier network, which this one continues
 */
export function createNetwork(ledgerSize: number, settings: Settings, state?: State): Network {
  const ledger = new Ledger(ledgerSize);
  const directory = new Directory(state?.accounts);
  const accountOf = (phone: string) => directory.getOrCreate(phone);
  return {
    identity: createServerIdentity(state?.root),
    settings,
    directory,
    groups: state === undefined ? new Groups() : Groups.restored(state.groups, accountOf),
    ledger,
    faults: new Faults(ledger),
    connections: new Connections(ledger),
    pairing: new PairingRegistry(),
    usedKeys: new UsedKeys(state?.usedKeys),
    background: new BackgroundTasks(ledger),
    media: new MediaStore(),
  };
}
