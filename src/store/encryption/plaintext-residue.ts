import type { Key } from '../contract.ts';
import { wipeResidue } from '../engine/sqlite/rewrite.ts';
import type { SqliteStore } from '../engine/sqlite/store.ts';
import { encryptionPartition } from './key-scope.ts';

/** This entry exists while the files may still hold plaintext, or data keys under a former master key. */
export const plaintextResidueKey: Key = [encryptionPartition, 'remains'];

const sentence = 'The store is encrypted, but its former content cannot be wiped from its files yet';

/**
 * Wipes from the files what {@link plaintextResidueKey} stands for. Yields a sentence for the operator when that fails,
 * for lack of room or because another process reads the store: the next start tries again. Else null.
 */
export async function wipePlaintextResidue(store: SqliteStore): Promise<string | null> {
  if ((await store.get(plaintextResidueKey)) === null) return null;
  try {
    if (!wipeResidue(store.database)) return `${sentence}: another process uses it.`;
    await store.commit({ deletes: [plaintextResidueKey] });
    return null;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `${sentence}: ${reason}. It needs as much free space as the store takes; the next start tries again.`;
  }
}
