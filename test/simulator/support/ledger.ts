import type { LedgerEntry } from '../../../simulator/ledger/entries.ts';

/** Whether something went wrong that no test meant to go wrong. */
export function isTrouble(entry: LedgerEntry): boolean {
  return entry.kind === 'problem' || entry.kind === 'undecryptable';
}
