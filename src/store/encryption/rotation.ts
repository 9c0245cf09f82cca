import type { KeyObject } from 'node:crypto';
import { OperatorError } from '../../domain/errors.ts';
import { untilApplied } from '../compare-and-set.ts';
import type { Entry, SetEntry, Store } from '../contract.ts';
import { scan } from '../scan.ts';
import { type EncryptionKey, encryptionKey } from './cipher.ts';
import { rewrap } from './data-keys.ts';
import { dataKeysPrefix, generationKey, isRecordOf, keyCheckRecord, keyCheckRecordKey } from './key-check-record.ts';
import { keyFileIn, makeKeyFile, nextKeyFileIn, readKeyFile, removeKeyFile } from './key-file.ts';
import { keepKeyFile, masterKeyOf, type StorePlace } from './master-keys.ts';
import { plaintextResidueKey } from './plaintext-residue.ts';

/** What a rotation came to. */
export interface Rotated {
  /** `finished`: the store was under the next key already, and only the key files were put in order. */
  outcome: 'rotated' | 'finished';
  /** The id of the master key that the store is under. */
  id: string;
  /** Data keys that were sealed anew, and those that were damaged before and are left as they are. */
  rewrapped: number;
  damaged: number;
  /** What is still to be done so that nothing of the former key is left in the files; `null` when nothing is. */
  left: string | null;
}

/** Wipes what is left of a former key, if that is to be done; a sentence for the operator when it could not be. */
export type Wipe = () => Promise<string | null>;

/**
 * Puts a store under another master key: the given one, or one in a new key file. Only the data keys are sealed anew,
 * all of them in one commit, so that a kill leaves the store under the one key or the other. Repeating it after a kill
 * finishes it. The caller sees to it that no gateway runs on the store.
 */
export async function rotate(
  store: Store,
  place: StorePlace,
  given: KeyObject | undefined,
  wipe: Wipe,
): Promise<Rotated> {
  const record = await store.get(keyCheckRecordKey);
  if (record === null) throw new OperatorError(notSealedYet(place));
  const next = given === undefined ? null : encryptionKey(given);
  if (next !== null && isRecordOf(record.value, next)) return finish(place, next, wipe);
  const from = masterKeyOf(record.value, place);
  if (next === null && isInterrupted(place, from)) return finish(place, from, wipe);
  const to = next ?? (await nextOfFile(place));
  const counts = await rewrapAll(store, from, to);
  const { id, left } = await finish(place, to, wipe);
  // It opens nothing any more, and would be in the way of who looks for the right one.
  const file = keyFileIn(place.dataDir);
  if (next !== null && readKeyFile(file)?.id === from.id) await removeKeyFile(place.dataDir, file);
  return { outcome: 'rotated', id, left, ...counts };
}

function notSealedYet({ storePath }: StorePlace): string {
  return `The store ${storePath} is not sealed yet. Start the gateway once, which seals it.`;
}

/** Whether the store is under the key that the last rotation has not given its name yet. */
function isInterrupted({ dataDir, masterKey }: StorePlace, current: EncryptionKey): boolean {
  return masterKey === undefined && readKeyFile(nextKeyFileIn(dataDir))?.id === current.id;
}

async function finish(place: StorePlace, current: EncryptionKey, wipe: Wipe): Promise<Rotated> {
  await keepKeyFile(place, current);
  const left = await wipe();
  return { outcome: 'finished', id: current.id, rewrapped: 0, damaged: 0, left };
}

async function nextOfFile({ dataDir, masterKey }: StorePlace): Promise<EncryptionKey> {
  if (masterKey !== undefined) {
    throw new OperatorError('The master key comes from MASTER_KEY: give the next one in MASTER_KEY_NEXT.');
  }
  const path = nextKeyFileIn(dataDir);
  return readKeyFile(path) ?? (await makeKeyFile(dataDir, path));
}

function rewrapAll(
  store: Store,
  from: EncryptionKey,
  to: EncryptionKey,
): Promise<Pick<Rotated, 'rewrapped' | 'damaged'>> {
  const attempt = async () => {
    // Read before the keys: whoever makes one later changes the generation, and the commit is refused.
    const [record = null, generation = null] = await store.getMany([keyCheckRecordKey, generationKey]);
    const dataKeys = await Array.fromAsync(scan(store, dataKeysPrefix, { pageSize: 1_000 }));
    const sets = dataKeys.map((entry) => rewrapped(entry, from, to)).filter((set) => set !== null);
    const result = await store.commit({
      checks: [
        { key: keyCheckRecordKey, version: record?.version ?? null },
        { key: generationKey, version: generation?.version ?? null },
      ],
      sets: [
        { key: keyCheckRecordKey, value: keyCheckRecord(to) },
        { key: plaintextResidueKey, value: new Uint8Array() },
        ...sets,
      ],
    });
    return result.ok ? { rewrapped: sets.length, damaged: dataKeys.length - sets.length } : undefined;
  };
  return untilApplied(attempt, {
    exhausted: () =>
      new OperatorError('Data keys keep being created: stop everything else that uses the store, and try again.'),
  });
}

function rewrapped({ key, value }: Entry, from: EncryptionKey, to: EncryptionKey): SetEntry | null {
  const next = rewrap(key.slice(dataKeysPrefix.length).join('\0'), value, from, to);
  return next === null ? null : { key, value: next };
}
