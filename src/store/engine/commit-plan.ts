import type { Commit, Key, SetEntry } from '../contract.ts';
import { toPosition } from './cursors.ts';
import { encodeKey } from './key-encoding.ts';

/** A valid commit, with encoded keys and copied values. */
export interface CommitPlan {
  checks: { key: string; version: string | null }[];
  sets: PlannedSet[];
  deletes: string[];
  /** Up to and including the position. */
  trims: { log: string; through: number }[];
  appends: PlannedAppend[];
}

export interface PlannedSet {
  key: string;
  value: Uint8Array;
  expiresAt: number | null;
  /** Instead of `expiresAt`. */
  lifetimeMs: number | null;
}

export interface PlannedAppend {
  log: string;
  value: Uint8Array;
  maxEntries: number;
}

/** Throws a TypeError for a commit that breaks the contract: that is a bug of the caller. */
export function planCommit(commit: Commit): CommitPlan {
  const { checks = [], sets = [], deletes = [], trims = [], appends = [] } = commit;
  const logs = [...trims, ...appends].map(({ log }) => log);
  refuseSeveralPartitions([...checks.map(keyOf), ...sets.map(keyOf), ...deletes, ...logs]);
  const plan = {
    checks: checks.map(({ key, version }) => ({ key: encodeKey(key), version })),
    sets: sets.map(planSet),
    deletes: deletes.map(encodeKey),
    trims: trims.map(({ log, through }) => ({ log: encodeKey(log), through: toPosition(through) })),
    appends: appends.map(({ log, value, maxEntries }) => ({
      log: encodeKey(log),
      value: new Uint8Array(value),
      maxEntries: wholeNumber('maxEntries', maxEntries),
    })),
  };
  refuseRepeatedChange([...plan.sets.map(({ key }) => key), ...plan.deletes]);
  return plan;
}

function planSet({ key, value, expiresAt, lifetimeMs }: SetEntry): PlannedSet {
  if (expiresAt !== undefined && lifetimeMs !== undefined)
    throw new TypeError('expiresAt and lifetimeMs are mutually exclusive.');
  return {
    key: encodeKey(key),
    value: new Uint8Array(value),
    expiresAt: expiresAt === undefined ? null : wholeNumber('expiresAt', expiresAt),
    lifetimeMs: lifetimeMs === undefined ? null : wholeNumber('lifetimeMs', lifetimeMs),
  };
}

/** When an entry that is set now expires; null: never. */
export function expiryOf({ expiresAt, lifetimeMs }: PlannedSet, now: number): number | null {
  return lifetimeMs === null ? expiresAt : now + lifetimeMs;
}

/** Throws a TypeError for a limit that the contract does not allow. */
export function checkLimit(limit: number): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= 1000) return limit;
  throw new TypeError(`The limit must be a whole number from 1 to 1,000, but is ${limit}.`);
}

/** Keys per `getMany`: other calls wait while they are read in one consistent view. */
const maxKeys = 20_000;

/** Throws a TypeError for more keys to look up than the contract allows. */
export function checkKeys(keys: readonly Key[]): readonly Key[] {
  if (keys.length <= maxKeys) return keys;
  throw new TypeError(`At most ${maxKeys} keys can be looked up at once, not ${keys.length}.`);
}

function keyOf(holder: { key: Key }): Key {
  return holder.key;
}

function refuseSeveralPartitions(keys: readonly Key[]): void {
  const partitions = new Set(keys.map(([partition]) => partition));
  if (partitions.size > 1) throw new TypeError('All keys and logs of a commit must be in one partition.');
}

function refuseRepeatedChange(keys: readonly string[]): void {
  if (new Set(keys).size < keys.length) throw new TypeError('A commit can set or delete a key only once.');
}

function wholeNumber(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new TypeError(`${name} must be a whole number and not negative, but is ${value}.`);
}
