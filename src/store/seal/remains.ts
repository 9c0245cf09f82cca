import { OperatorError } from '../../domain/errors.ts';
import type { Key } from '../contract.ts';
import type { SqliteStore } from '../sqlite.ts';
import { wipeRemains } from '../sqlite-rewrite.ts';
import { sealPartition } from './scope.ts';

/** Is there while the files may still hold what must not be left in them: clear text, or keys under an old master key. */
export const remainsKey: Key = [sealPartition, 'remains'];

const sentence = 'The store is sealed, but what it held before cannot be wiped from its files';

/**
 * Wipes from the files what {@link remainsKey} stands for. When another process is in the way it stays to be done at
 * the next start.
 */
export async function clearRemains(store: SqliteStore): Promise<void> {
  if ((await store.get(remainsKey)) === null) return;
  try {
    if (wipeRemains(store.database)) await store.commit({ deletes: [remainsKey] });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new OperatorError(`${sentence}: ${reason}. It takes as much room again as the store has.`, { cause: error });
  }
}
