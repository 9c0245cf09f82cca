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

/** The result of a rotation. */
export interface Rotated {
  /** `finished`: the store was under the next key already, and only the key files were renamed. */
  outcome: 'rotated' | 'finished';
  /** The id of the master key that the store is under. */
  id: string;
  /** Data keys that were wrapped again, and unreadable ones, which are left as they are. */
  rewrapped: number;
  unreadable: number;
  /** A sentence for the operator when data keys under the former key could not be wiped from the files; else null. */
  left: string | null;
}

/** Wipes data keys under a former key from the files; yields a sentence for the operator when that failed. */
export type Wipe = () => Promise<string | null>;

/**
 * Changes the master key of a store to the given one, or to one in a new key file. Only the data keys are wrapped again,
 * all in one commit, so a kill leaves the store under the one key or the other; repeating the rotation finishes it. The
 * caller ensures that no gateway runs on the store.
 */
export async function rotate(
  store: Store,
  place: StorePlace,
  given: KeyObject | undefined,
  wipe: Wipe,
): Promise<Rotated> {
  const record = await store.get(keyCheckRecordKey);
  if (record === null) throw new OperatorError(notEncryptedYet(place));
  const next = given === undefined ? null : encryptionKey(given);
  if (next !== null && isRecordOf(record.value, next)) return finish(place, next, wipe);
  const from = masterKeyOf(record.value, place);
  if (next === null && isInterrupted(place, from)) return finish(place, from, wipe);
  const to = next ?? (await nextOfFile(place));
  const counts = await rewrapAll(store, from, to);
  const { id, left } = await finish(place, to, wipe);
  // The former key is of no use any more, and could be mistaken for the current one.
  const file = keyFileIn(place.dataDir);
  if (next !== null && readKeyFile(file)?.id === from.id) await removeKeyFile(place.dataDir, file);
  return { outcome: 'rotated', id, left, ...counts };
}

function notEncryptedYet({ storePath }: StorePlace): string {
  return `The store ${storePath} is not encrypted yet. Start the gateway once, which encrypts it.`;
}

/** Whether the store is under a next key whose file the last rotation did not rename. */
function isInterrupted({ dataDir, masterKey }: StorePlace, current: EncryptionKey): boolean {
  return masterKey === undefined && readKeyFile(nextKeyFileIn(dataDir))?.id === current.id;
}

async function finish(place: StorePlace, current: EncryptionKey, wipe: Wipe): Promise<Rotated> {
  await keepKeyFile(place, current);
  const left = await wipe();
  return { outcome: 'finished', id: current.id, rewrapped: 0, unreadable: 0, left };
}

async function nextOfFile({ dataDir, masterKey }: StorePlace): Promise<EncryptionKey> {
  if (masterKey !== undefined) {
    throw new OperatorError('The master key comes from MASTER_KEY: set the next one in MASTER_KEY_NEXT.');
  }
  const path = nextKeyFileIn(dataDir);
  return readKeyFile(path) ?? (await makeKeyFile(dataDir, path));
}

function rewrapAll(
  store: Store,
  from: EncryptionKey,
  to: EncryptionKey,
): Promise<Pick<Rotated, 'rewrapped' | 'unreadable'>> {
  const attempt = async () => {
    // Read before the data keys: one that is created later changes the generation, and the commit conflicts.
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
    return result.ok ? { rewrapped: sets.length, unreadable: dataKeys.length - sets.length } : undefined;
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
