import type { Key } from '../contract.ts';
import { decrypt, type EncryptionKey, encrypt, keyIdOf } from './cipher.ts';
import { encryptionPartition } from './key-scope.ts';

/** The entry that names the master key of a store and proves it. It is written before anything is encrypted. */
export const keyCheckRecordKey: Key = [encryptionPartition, 'master'];

/** Changes whenever a data key is created, so that a rotation notices that it has missed one. */
export const generationKey: Key = [encryptionPartition, 'generation'];

/** The prefix of all data keys. */
export const dataKeysPrefix: Key = [encryptionPartition, 'data-key'];

const context = 'the master key';
const proof = 'troupe';

export function keyCheckRecord(master: EncryptionKey): Uint8Array {
  return encrypt(master, context, Buffer.from(proof));
}

/** The id of the master key that a record names; null when it is malformed. */
export function masterIdOf(record: Uint8Array): string | null {
  return keyIdOf(record);
}

/** Whether a record was made with this key. */
export function isRecordOf(record: Uint8Array, master: EncryptionKey): boolean {
  const decrypted = decrypt(master, context, record);
  return decrypted !== null && Buffer.from(decrypted).toString() === proof;
}
