import type { KeyObject } from 'node:crypto';
import { OperatorError } from '../../domain/errors.ts';
import { type EncryptionKey, encryptionKey } from './cipher.ts';
import { isRecordOf, masterIdOf } from './key-check-record.ts';
import { keyFileIn, makeKeyFile, moveKeyFile, nextKeyFileIn, readKeyFile } from './key-file.ts';

/** The Redis of a store. */
export interface RedisPlace {
  url: string;
  /** Replicas that must confirm a commit. */
  replicas: number;
}

/** Where a store is, and how it is opened. */
export interface StorePlace {
  dataDir: string;
  /** The file of the embedded store, or the name of the Redis store in messages. */
  storePath: string;
  /** Absent: the embedded store. */
  redis?: RedisPlace;
  /** From MASTER_KEY. When it is set, key files are ignored. */
  masterKey?: KeyObject;
}

/** The master key for a store that has none yet: MASTER_KEY, or else the key file, which is created if missing. */
export async function masterKeyForNewStore({ dataDir, masterKey }: StorePlace): Promise<EncryptionKey> {
  if (masterKey !== undefined) return encryptionKey(masterKey);
  const path = keyFileIn(dataDir);
  return readKeyFile(path) ?? (await makeKeyFile(dataDir, path));
}

/**
 * The master key of a store. An interrupted rotation may have left it in the file of the next key. Throws an
 * `OperatorError` when it is not available: no other key may take its place.
 */
export function masterKeyOf(record: Uint8Array, place: StorePlace): EncryptionKey {
  const candidates = candidatesIn(place);
  const id = masterIdOf(record);
  if (id === null) throw new OperatorError(unreadableRecord(place));
  const named = candidates.find((key) => key.id === id);
  if (named === undefined) throw new OperatorError(refusal(id, candidates.length > 0, place));
  if (isRecordOf(record, named)) return named;
  throw new OperatorError(unreadableRecord(place));
}

/**
 * The id of a store's master key, and the key itself; null when no key is available. Throws as {@link masterKeyOf} does
 * when only another key is available.
 */
export function availableMasterKey(
  record: Uint8Array,
  place: StorePlace,
): { id: string; master: EncryptionKey | null } {
  const id = masterIdOf(record);
  if (id === null) throw new OperatorError(unreadableRecord(place));
  return { id, master: candidatesIn(place).length === 0 ? null : masterKeyOf(record, place) };
}

/** The key with an id in one of some places; null when it is in none. */
export function masterKeyForId(id: string, places: readonly StorePlace[]): EncryptionKey | null {
  return places.flatMap(candidatesIn).find((key) => key.id === id) ?? null;
}

/** Renames the next key file of an interrupted rotation to the key file, if the store is under that key. */
export async function keepKeyFile({ dataDir, masterKey }: StorePlace, current: EncryptionKey): Promise<void> {
  const next = nextKeyFileIn(dataDir);
  const isUnnamed = masterKey === undefined && readKeyFile(next)?.id === current.id;
  if (isUnnamed) await moveKeyFile(dataDir, next, keyFileIn(dataDir));
}

function candidatesIn({ dataDir, masterKey }: StorePlace): EncryptionKey[] {
  if (masterKey !== undefined) return [encryptionKey(masterKey)];
  return [keyFileIn(dataDir), nextKeyFileIn(dataDir)].map(readKeyFile).filter((key) => key !== null);
}

function unreadableRecord({ storePath }: StorePlace): string {
  return `The store ${storePath} is corrupt: the record of its master key is unreadable. Restore it from a backup.`;
}

function refusal(id: string, hasOther: boolean, { dataDir, storePath, masterKey }: StorePlace): string {
  const file = keyFileIn(dataDir);
  const isOfFile = masterKey !== undefined && readKeyFile(file)?.id === id;
  const fault = `The store ${storePath} is encrypted with another master key (id ${id})`;
  if (isOfFile) return `${fault} than MASTER_KEY: with the one in ${file}. Unset MASTER_KEY. ${howToChange}`;
  if (masterKey !== undefined) return `${fault} than MASTER_KEY. Set MASTER_KEY to that one. ${withoutIt}`;
  if (hasOther) return `${fault} than the one in ${file}. Put that one there, or set MASTER_KEY to it. ${withoutIt}`;
  return `The store ${storePath} is encrypted, and its master key (id ${id}) is missing. Put the file ${file} back, or set MASTER_KEY if it was set before. ${withoutIt}`;
}

const howToChange = 'To change the master key, run: troupe master-key rotate.';
const withoutIt =
  'Without it nothing in the store can be read; to start with an empty store, set another DATA_DIR or REDIS_URL.';
