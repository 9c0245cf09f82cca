import type { LedgerEntry } from '../../../simulator/ledger/entries.ts';
import type { Simulator } from '../../../simulator/simulator.ts';

/** Whether an entry is an error that no test intends. */
export function isTrouble(entry: LedgerEntry): boolean {
  return entry.kind === 'problem' || entry.kind === 'undecryptable' || entry.kind === 'key-reuse';
}

/** A new device gets a key for shared settings and a history from its phone, some time after its login. */
const MESSAGES_OF_FIRST_SYNC = 2;

/** Resolves when a new client has confirmed all stanzas, including its first sync, so that none is sent again. */
export async function everythingConfirmed({ ledger }: Simulator): Promise<void> {
  await ledger.waitFor(() => {
    const sent = ledger.stanzas({ direction: 'out' }).filter(({ tag }) => tag === 'message' || tag === 'notification');
    const ofFirstSync = sent.filter(({ attrs }) => attrs['category'] === 'peer');
    if (ofFirstSync.length < MESSAGES_OF_FIRST_SYNC) return false;
    return sent.every(({ id }) => ledger.stanzas({ id, direction: 'in' }).some(isConfirmation));
  });
}

function isConfirmation({ tag }: { tag: string }): boolean {
  return tag === 'ack' || tag === 'receipt';
}
