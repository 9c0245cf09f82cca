import type { LedgerEntry } from '../../../simulator/ledger/entries.ts';
import type { Simulator } from '../../../simulator/simulator.ts';

/** Whether something went wrong that no test meant to go wrong. */
export function isTrouble(entry: LedgerEntry): boolean {
  return entry.kind === 'problem' || entry.kind === 'undecryptable' || entry.kind === 'key-reuse';
}

/** A new device gets a key for shared settings and a history from its phone, some time after it says that it listens. */
const MESSAGES_OF_FIRST_SYNC = 2;

/** Resolves once a new client has confirmed all that it was given, its first sync included: it will not get it again. */
export async function everythingConfirmed({ ledger }: Simulator): Promise<void> {
  await ledger.waitFor(() => {
    const given = ledger.stanzas({ direction: 'out' }).filter(({ tag }) => tag === 'message' || tag === 'notification');
    const ofFirstSync = given.filter(({ attrs }) => attrs['category'] === 'peer');
    if (ofFirstSync.length < MESSAGES_OF_FIRST_SYNC) return false;
    return given.every(({ id }) => ledger.stanzas({ id, direction: 'in' }).some(isConfirmation));
  });
}

function isConfirmation({ tag }: { tag: string }): boolean {
  return tag === 'ack' || tag === 'receipt';
}
