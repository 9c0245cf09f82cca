import type { LedgerEntry } from '../../../simulator/ledger/entries.ts';
import type { Simulator } from '../../../simulator/simulator.ts';

/** Whether something went wrong that no test meant to go wrong. */
export function isTrouble(entry: LedgerEntry): boolean {
  return entry.kind === 'problem' || entry.kind === 'undecryptable' || entry.kind === 'key-reuse';
}

/** Resolves once clients have confirmed all that they were given, the first of it included: they will not get it again. */
export async function everythingConfirmed({ ledger }: Simulator): Promise<void> {
  await ledger.waitFor(() => {
    const given = ledger.stanzas({ direction: 'out' }).filter(({ tag }) => tag === 'message' || tag === 'notification');
    return given.length > 0 && given.every(({ id }) => ledger.stanzas({ id, direction: 'in' }).some(isConfirmation));
  });
}

function isConfirmation({ tag }: { tag: string }): boolean {
  return tag === 'ack' || tag === 'receipt';
}
