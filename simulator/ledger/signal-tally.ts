import type { LedgerEntry } from './entries.ts';

/** How well encryption worked, counted from the start, whatever the ledger has dropped. */
export interface SignalTally {
  /** Messages that a simulated device could not decrypt when they first came. */
  readonly undecryptable: number;
  /** Requests of simulated devices for a message of a client. */
  readonly askedByDevices: number;
  /** Requests of clients for a message that somebody wrote to them. */
  readonly askedByClients: number;
  /** Ciphertexts that were made with a key that had encrypted something else before. */
  readonly reusedKeys: number;
}

export const NOTHING: SignalTally = { undecryptable: 0, askedByDevices: 0, askedByClients: 0, reusedKeys: 0 };

export function counted(tally: SignalTally, entry: LedgerEntry): SignalTally {
  switch (entry.kind) {
    case 'undecryptable':
      return entry.resend > 0 ? tally : { ...tally, undecryptable: tally.undecryptable + 1 };
    case 'key-reuse':
      return { ...tally, reusedKeys: tally.reusedKeys + 1 };
    case 'stanza':
      if (entry.tag !== 'receipt' || entry.attrs['type'] !== 'retry') return tally;
      if (entry.direction === 'in') return { ...tally, askedByClients: tally.askedByClients + 1 };
      return { ...tally, askedByDevices: tally.askedByDevices + 1 };
    default:
      return tally;
  }
}
