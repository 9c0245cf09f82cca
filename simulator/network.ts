import { Directory } from './accounts/directory.ts';
import { BackgroundTasks } from './background.ts';
import { Connections } from './connection/connections.ts';
import { Faults } from './faults/faults.ts';
import { Groups } from './groups/groups.ts';
import { Ledger } from './ledger/ledger.ts';
import { PairingRegistry } from './pairing/pairing-registry.ts';
import { UsedKeys } from './signal/used-keys.ts';
import type { State } from './state/schema.ts';
import { createServerIdentity, type ServerIdentity } from './wire/certificates.ts';

/** How the simulated WhatsApp works, in ways that may be changed while it does. */
export interface Settings {
  /**
   * Whether simulated devices decrypt what they get; if not, they confirm it all the same, and record no delivery.
   * What is sent while this is off is lost to them, sender keys included.
   */
  decrypt: boolean;
  /** Whether the server hands a message out only once when a client sends it again under the same id. */
  dedup: boolean;
  /**
   * Whether a device that has no prekeys on the server is told that it has one: Baileys then makes 5 instead of 812, and
   * stores as many. So many devices can write to it first, before it logs in again.
   */
  fewPreKeys: boolean;
}

/** One simulated WhatsApp: everything that what happens on a connection may concern. */
export interface Network {
  readonly identity: ServerIdentity;
  readonly settings: Settings;
  readonly directory: Directory;
  readonly groups: Groups;
  readonly ledger: Ledger;
  readonly faults: Faults;
  readonly connections: Connections;
  readonly pairing: PairingRegistry;
  readonly usedKeys: UsedKeys;
  readonly background: BackgroundTasks;
}

/**
 * @param ledgerSize how many ledger entries are kept
 * @param state of an earlier network, which this one goes on from
 */
export function createNetwork(ledgerSize: number, settings: Settings, state?: State): Network {
  const ledger = new Ledger(ledgerSize);
  const directory = new Directory(state?.accounts);
  const owner = (phone: string) => directory.phoneOwner(phone);
  return {
    identity: createServerIdentity(state?.root),
    settings,
    directory,
    groups: state === undefined ? new Groups() : Groups.restored(state.groups, owner),
    ledger,
    faults: new Faults(ledger),
    connections: new Connections(ledger),
    pairing: new PairingRegistry(),
    usedKeys: new UsedKeys(state?.usedKeys),
    background: new BackgroundTasks(ledger),
  };
}
