import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { SessionAddress } from '../../domain/session.ts';
import type { Key } from '../contract.ts';
import { encodeKey } from '../engine/key-encoding.ts';
import { kindOf, type PartOfSession } from '../record-kinds.ts';
import { type EncryptionKey, encryptionKeyOf } from './cipher.ts';

/** The partition of the data keys. No organization can have this name. */
export const encryptionPartition = '.seal';

/** What one data key encrypts: an organization, or a part of a session. The parts of its address, joined by NUL. */
export type KeyScope = string;

/** The data key of a scope. */
export interface DataKey extends EncryptionKey {
  /** Hides names; derived from the data key. */
  names: KeyObject;
  /** Recently hidden names, by encoded key: a send uses the same ones again and again. */
  hidden: LRUCache<string, string>;
}

/** Hidden names kept for a data key; a contact has one for each of its devices. */
const maxHidden = 2_000;

export function dataKeyOf(bytes: Uint8Array): DataKey {
  const names = createSecretKey(new Uint8Array(hkdfSync('sha256', bytes, '', 'troupe names', 32)));
  // `max` would allocate room for all of them at once, and most data keys hide few names.
  const hidden = new LRUCache<string, string>({ maxSize: maxHidden, sizeCalculation: () => 1 });
  return { ...encryptionKeyOf(bytes), names, hidden };
}

/**
 * The scope whose data key encrypts an entry. A session's identity has its own, because it is replaced when the session is
 * linked again; entries of no session use their organization's. Throws a TypeError for the partition of the data keys.
 */
export function scopeOf(key: Key): KeyScope {
  const [organization, , session] = key;
  if (organization === encryptionPartition)
    throw new TypeError(`The partition ${encryptionPartition} is the store's own.`);
  const { encryptedFor = 'partition' } = kindOf(key) ?? {};
  if (session === undefined || encryptedFor === 'partition') return organization;
  return scopeOfPart({ organization, session }, encryptedFor);
}

export function scopeOfPart({ organization, session }: SessionAddress, part: PartOfSession): KeyScope {
  return `${organization}\0${session}\0${part}`;
}

/** The key of the entry that holds a scope's data key, wrapped with the master key. */
export function keyOfScope(scope: KeyScope): Key {
  return [encryptionPartition, 'data-key', ...scope.split('\0')];
}

/** Binds a value to its place. An entry and a log of the same key are two places. */
export function contextOf(place: 'entry' | 'log', key: Key): string {
  return `${place} ${encodeKey(key)}`;
}

/** The first character of a hidden name, as in keys from a list. */
const mark = '#';

/** Whether the last part of a key is a name that has to be hidden. */
export function isNamed(key: Key): boolean {
  return kindOf(key)?.hiddenAt === key.length - 1 && key.at(-1)?.startsWith(mark) === false;
}

/** A key as it is stored: with an opaque name where {@link isNamed} says so. Equal names are hidden equally. */
export function hideName(key: Key, dataKey: DataKey): Key {
  if (!isNamed(key)) return key;
  const [partition, ...path] = key;
  return [partition, ...path.slice(0, -1), hiddenName(encodeKey(key), dataKey)];
}

function hiddenName(plain: string, { names, hidden }: DataKey): string {
  const known = hidden.get(plain);
  if (known !== undefined) return known;
  const name = mark + createHmac('sha256', names).update(plain).digest('base64url').slice(0, 22);
  hidden.set(plain, name);
  return name;
}
