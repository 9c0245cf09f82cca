import type { KeyObject } from 'node:crypto';
import { OperatorError } from '../../domain/errors.ts';
import { type EncryptionKey, encryptionKey } from './cipher.ts';
import { isRecordOf, masterIdOf } from './key-check-record.ts';
import { keyFileIn, makeKeyFile, moveKeyFile, nextKeyFileIn, readKeyFile } from './key-file.ts';

/** The Redis that a store lies in. */
export interface RedisPlace {
  url: string;
  /** Replicas that must have a commit before it counts. */
  replicas: number;
}

/** Where a store lies and what it is opened with. */
export interface StorePlace {
  dataDir: string;
  /** The file of the embedded store, or what Redis is to be called in a sentence. */
  storePath: string;
  /** Absent: the embedded store. */
  redis?: RedisPlace;
  /** From the environment. When it is given, no key file counts. */
  masterKey?: KeyObject;
}

/** The master key for a store that is not sealed yet: the given one, else the key file's, which is made if need be. */
export async function masterKeyForNewStore({ dataDir, masterKey }: StorePlace): Promise<EncryptionKey> {
  if (masterKey !== undefined) return encryptionKey(masterKey);
  const path = keyFileIn(dataDir);
  return readKeyFile(path) ?? (await makeKeyFile(dataDir, path));
}

/**
 * The master key that a store is sealed under. A rotation that was interrupted may have left it in the file of the
 * next key. Throws, with a sentence for the operator, when it is not at hand: nothing else may take its place.
 */
export function masterKeyOf(record: Uint8Array, place: StorePlace): EncryptionKey {
  const candidates = candidatesIn(place);
  const id = masterIdOf(record);
  if (id === null) throw new OperatorError(damaged(place));
  const named = candidates.find((key) => key.id === id);
  if (named === undefined) throw new OperatorError(refusal(id, candidates.length > 0, place));
  if (isRecordOf(record, named)) return named;
  throw new OperatorError(damaged(place));
}

/**
 * The id of the master key that a store is sealed under, and the key if one is at hand that has it; null when none is at
 * hand at all. Throws as {@link masterKeyOf} does when the one at hand is another one.
 */
export function availableMasterKey(
  record: Uint8Array,
  place: StorePlace,
): { id: string; master: EncryptionKey | null } {
  const id = masterIdOf(record);
  if (id === null) throw new OperatorError(damaged(place));
  return { id, master: candidatesIn(place).length === 0 ? null : masterKeyOf(record, place) };
}

/** The key with an id in one of some places; null when it is in none. */
export function masterKeyForId(id: string, places: readonly StorePlace[]): EncryptionKey | null {
  return places.flatMap(candidatesIn).find((key) => key.id === id) ?? null;
}

/** Gives the key file of a rotation that was interrupted its name, if the store is under that key. */
export async function keepKeyFile({ dataDir, masterKey }: StorePlace, current: EncryptionKey): Promise<void> {
  const next = nextKeyFileIn(dataDir);
  const isUnnamed = masterKey === undefined && readKeyFile(next)?.id === current.id;
  if (isUnnamed) await moveKeyFile(dataDir, next, keyFileIn(dataDir));
}

function candidatesIn({ dataDir, masterKey }: StorePlace): EncryptionKey[] {
  if (masterKey !== undefined) return [encryptionKey(masterKey)];
  return [keyFileIn(dataDir), nextKeyFileIn(dataDir)].map(readKeyFile).filter((key) => key !== null);
}

function damaged({ storePath }: StorePlace): string {
  return `The store ${storePath} is damaged where it names its master key. Restore it from a backup.`;
}

function refusal(id: string, hasOther: boolean, { dataDir, storePath, masterKey }: StorePlace): string {
  const file = keyFileIn(dataDir);
  const isOfFile = masterKey !== undefined && readKeyFile(file)?.id === id;
  const fault = `The store ${storePath} is sealed with another master key (id ${id})`;
  if (isOfFile) return `${fault} than MASTER_KEY: with the one in ${file}. Leave MASTER_KEY out. ${howToChange}`;
  if (masterKey !== undefined) return `${fault} than MASTER_KEY. Set MASTER_KEY to that one. ${withoutIt}`;
  if (hasOther) return `${fault} than the one in ${file}. Put that one there, or set MASTER_KEY to it. ${withoutIt}`;
  return `The store ${storePath} is sealed, and its master key (id ${id}) is missing. Put the file ${file} back, or set MASTER_KEY if that was set before. ${withoutIt}`;
}

const howToChange = 'To change the master key use: troupe master-key rotate.';
const withoutIt =
  'Without it nothing in the store can be read; to begin with an empty one, set another DATA_DIR or REDIS_URL.';
