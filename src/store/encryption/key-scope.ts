import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { SessionAddress } from '../../domain/session.ts';
import type { Key } from '../contract.ts';
import { encodeKey } from '../engine/key-encoding.ts';
import { kindOf, type PartOfSession } from '../record-kinds.ts';
import { type EncryptionKey, encryptionKeyOf } from './cipher.ts';

/** Where the keys that seal the rest are kept. No organization can be named so. */
export const encryptionPartition = '.seal';

/** What one data key is for: an organization, or a part of a session. The parts of an address, joined by NUL. */
export type KeyScope = string;

/** The data key of a scope. */
export interface DataKey extends EncryptionKey {
  /** Names are hidden with this one, which is derived from the other. */
  names: KeyObject;
  /** Names that were hidden lately, by encoded key: a send uses the same ones again and again. */
  hidden: LRUCache<string, string>;
}

/** Hidden names kept for a data key; a contact has one for each of its devices. */
const maxHidden = 2_000;

export function dataKeyOf(bytes: Uint8Array): DataKey {
  const names = createSecretKey(new Uint8Array(hkdfSync('sha256', bytes, '', 'troupe names', 32)));
  // Room is taken as it is needed, which `max` takes at once: most of the many data keys hide few names.
  const hidden = new LRUCache<string, string>({ maxSize: maxHidden, sizeCalculation: () => 1 });
  return { ...encryptionKeyOf(bytes), names, hidden };
}

/**
 * What the value of an entry is sealed for. A session's identity is apart from the rest of the session, because it is
 * replaced when the session is linked again; what belongs to no session is sealed with the key of its organization. Throws
 * a TypeError for the keys' own partition.
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

/** Where the data key of a scope is kept, sealed under the master key. */
export function keyOfScope(scope: KeyScope): Key {
  return [encryptionPartition, 'data-key', ...scope.split('\0')];
}

/** What binds a value to its place. An entry and a log of the same key are two places. */
export function contextOf(place: 'entry' | 'log', key: Key): string {
  return `${place} ${encodeKey(key)}`;
}

/** Begins a name that is hidden already, which keys from a list have. */
const mark = '#';

/** Whether the last part of a key is a name that has to be hidden. */
export function isNamed(key: Key): boolean {
  return kindOf(key)?.hiddenAt === key.length - 1 && key.at(-1)?.startsWith(mark) === false;
}

/** A key as it is stored: with an opaque name where {@link isNamed} says so. The same name always gives the same one. */
export function hideName(key: Key, dataKey: DataKey): Key {
  if (!isNamed(key)) return key;
  const [partition, ...path] = key;
  return [partition, ...path.slice(0, -1), hiddenName(encodeKey(key), dataKey)];
}

function hiddenName(clear: string, { names, hidden }: DataKey): string {
  const known = hidden.get(clear);
  if (known !== undefined) return known;
  const name = mark + createHmac('sha256', names).update(clear).digest('base64url').slice(0, 22);
  hidden.set(clear, name);
  return name;
}
