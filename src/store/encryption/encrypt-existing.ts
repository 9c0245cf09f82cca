import type { Key } from '../contract.ts';
import { encodeKey } from '../engine/key-encoding.ts';
import { type Database, transact } from '../engine/sqlite/database.ts';
import { EntryTable } from '../engine/sqlite/entry-table.ts';
import { rewriteValues } from '../engine/sqlite/rewrite.ts';
import { type EncryptionKey, encrypt } from './cipher.ts';
import { newDataKey } from './data-keys.ts';
import { keyCheckRecord, keyCheckRecordKey } from './key-check-record.ts';
import { contextOf, type DataKey, hideName, keyOfScope, scopeOf } from './key-scope.ts';
import { plaintextResidueKey } from './plaintext-residue.ts';

/** A version must only differ from all others of its key, and these keys have none yet. The spelling is stored. */
const firstVersion = 'taken-over';

/**
 * Encrypts every value of a store that was written in plaintext, in one transaction: all or nothing. Does nothing to a
 * store that is encrypted already.
 */
export function encryptExisting(database: Database, master: EncryptionKey, now: number): void {
  transact(database, 'BEGIN IMMEDIATE', () => {
    const table = new EntryTable(database);
    if (table.get(encodeKey(keyCheckRecordKey), now) !== null) return;
    const made = new Map<string, { key: DataKey; wrapped: Uint8Array }>();
    const keyFor = (key: Key): DataKey => {
      const scope = scopeOf(key);
      const dataKey = made.get(scope) ?? newDataKey(scope, master);
      made.set(scope, dataKey);
      return dataKey.key;
    };
    rewriteValues(database, {
      entry: (plainKey, value) => {
        const dataKey = keyFor(plainKey);
        const key = hideName(plainKey, dataKey);
        return { key, value: encrypt(dataKey, contextOf('entry', key), value) };
      },
      log: (key, value) => encrypt(keyFor(key), contextOf('log', key), value),
    });
    const put = (key: Key, value: Uint8Array) =>
      table.set({ key: encodeKey(key), value, expiresAt: null, lifetimeMs: null }, firstVersion, now);
    for (const [scope, { wrapped }] of made) put(keyOfScope(scope), wrapped);
    put(keyCheckRecordKey, keyCheckRecord(master));
    put(plaintextResidueKey, new Uint8Array());
  });
}
