import type { Key } from '../contract.ts';
import { decrypt, type EncryptionKey, encrypt, keyIdOf } from './cipher.ts';
import { encryptionPartition } from './key-scope.ts';

/** Names the master key that a store is sealed under, and proves it. It is written before anything is sealed. */
export const keyCheckRecordKey: Key = [encryptionPartition, 'master'];

/** Changes whenever a data key is made, so that a rotation notices that it has missed one. */
export const generationKey: Key = [encryptionPartition, 'generation'];

/** All data keys lie below this. */
export const dataKeysPrefix: Key = [encryptionPartition, 'data-key'];

const context = 'the master key';
const proof = 'troupe';

export function keyCheckRecord(master: EncryptionKey): Uint8Array {
  return encrypt(master, context, Buffer.from(proof));
}

/** The id of the master key that a record names; null for what is no such record. */
export function masterIdOf(record: Uint8Array): string | null {
  return keyIdOf(record);
}

/** Whether a record was made with this key. */
export function isRecordOf(record: Uint8Array, master: EncryptionKey): boolean {
  const opened = decrypt(master, context, record);
  return opened !== null && Buffer.from(opened).toString() === proof;
}
