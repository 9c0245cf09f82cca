import type { Key } from '../contract.ts';
import { wipeResidue } from '../engine/sqlite/rewrite.ts';
import type { SqliteStore } from '../engine/sqlite/store.ts';
import { encryptionPartition } from './key-scope.ts';

/** Is there while the files may still hold what must not be left in them: clear text, or keys under an old master key. */
export const plaintextResidueKey: Key = [encryptionPartition, 'remains'];

const sentence = 'The store is sealed, but what it held before cannot be wiped from its files yet';

/**
 * Wipes from the files what {@link plaintextResidueKey} stands for. What cannot be wiped, for lack of room or because another
 * process is in the way, stays to be done at the next start; yields a sentence for the operator then, else null.
 */
export async function wipePlaintextResidue(store: SqliteStore): Promise<string | null> {
  if ((await store.get(plaintextResidueKey)) === null) return null;
  try {
    if (!wipeResidue(store.database)) return `${sentence}: another process uses it.`;
    await store.commit({ deletes: [plaintextResidueKey] });
    return null;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `${sentence}: ${reason}. It takes as much room again as the store has; the next start tries again.`;
  }
}
