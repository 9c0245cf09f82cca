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
      return {
        ...tally,
        undecryptable: tally.undecryptable + (entry.resend > 0 ? 0 : 1),
        askedByDevices: tally.askedByDevices + (entry.retry > 0 ? 1 : 0),
      };
    case 'key-reuse':
      return { ...tally, reusedKeys: tally.reusedKeys + 1 };
    case 'stanza':
      // Those that are sent out are requests of devices, which are counted above, and forwarded ones of other clients.
      if (entry.tag !== 'receipt' || entry.attrs['type'] !== 'retry' || entry.direction === 'out') return tally;
      return { ...tally, askedByClients: tally.askedByClients + 1 };
    default:
      return tally;
  }
}
