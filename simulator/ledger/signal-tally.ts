import type { LedgerEntry } from './entries.ts';

/** Counts about encryption since the start, independent of dropped entries. */
export interface SignalTally {
  /** Messages that a simulated device could not decrypt at their first delivery. */
  readonly undecryptable: number;
  /** Retry requests of simulated devices. */
  readonly askedByDevices: number;
  /** Retry requests of clients. */
  readonly askedByClients: number;
  /** Ciphertexts with a message key that was used before for another plaintext. */
  readonly reusedKeys: number;
}

export const EMPTY_TALLY: SignalTally = { undecryptable: 0, askedByDevices: 0, askedByClients: 0, reusedKeys: 0 };

export function withEntry(tally: SignalTally, entry: LedgerEntry): SignalTally {
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
