import { Directory } from './accounts/directory.ts';
import { Background } from './background.ts';
import { Connections } from './connection/connections.ts';
import { Faults } from './faults/faults.ts';
import { Ledger } from './ledger/ledger.ts';
import { PairingDesk } from './pairing/pairing-desk.ts';
import { createServerIdentity, type ServerIdentity } from './wire/certificates.ts';

/** One simulated WhatsApp: everything that what happens on a connection may concern. */
export interface Network {
  readonly identity: ServerIdentity;
  readonly directory: Directory;
  readonly ledger: Ledger;
  readonly faults: Faults;
  readonly connections: Connections;
  readonly pairing: PairingDesk;
  readonly background: Background;
}

/** @param ledgerSize how many ledger entries are kept */
export function createNetwork(ledgerSize: number): Network {
  const ledger = new Ledger(ledgerSize);
  return {
    identity: createServerIdentity(),
    directory: new Directory(),
    ledger,
    faults: new Faults(ledger),
    connections: new Connections(ledger),
    pairing: new PairingDesk(),
    background: new Background(ledger),
  };
}
