import assert from 'node:assert/strict';
import { GatewayError } from '../../../src/domain/errors.ts';
import type { CommitResult, Entry, Key, LogSlice, Store } from '../../../src/store/contract.ts';

/** A clock that stands still unless it is moved. */
export class TestClock {
  #time = 1_700_000_000_000;
  readonly now = (): number => this.#time;

  advance(ms: number): void {
    this.#time += ms;
  }
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function text(value: Uint8Array): string {
  return new TextDecoder().decode(value);
}

/** The result of a commit that must have been applied. */
export function applied(result: CommitResult): { version: string; cursors: string[] } {
  assert.ok(result.ok, 'the commit was refused');
  return result;
}

export const conflict = { ok: false, reason: 'conflict' } as const;

/** Sets one key and gives the version. */
export async function put(store: Store, key: Key, value: string, expiresAt?: number): Promise<string> {
  const set = { key, value: bytes(value), ...(expiresAt === undefined ? {} : { expiresAt }) };
  return applied(await store.commit({ sets: [set] })).version;
}

/** Appends texts in one commit and gives their cursors. */
export async function append(store: Store, log: Key, values: string[], maxEntries = 1_000_000): Promise<string[]> {
  const appends = values.map((value) => ({ log, value: bytes(value), maxEntries }));
  return applied(await store.commit({ appends })).cursors;
}

/** The texts under some keys, null for each that is absent. */
export async function texts(store: Store, keys: readonly Key[]): Promise<(string | null)[]> {
  const entries = await store.getMany(keys);
  return entries.map((entry) => (entry === null ? null : text(entry.value)));
}

export function keysOf(entries: readonly Entry[]): Key[] {
  return entries.map(({ key }) => key);
}

export function textsOf({ entries }: LogSlice): string[] {
  return entries.map(({ value }) => text(value));
}

export function numbered(count: number, from = 1): string[] {
  return Array.from({ length: count }, (_, index) => String(from + index));
}

/** For `assert.rejects`. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof GatewayError && error.refusal.code === 'unavailable';
}

export function assertAscending(cursors: readonly string[]): void {
  for (const [index, cursor] of cursors.entries()) assert.ok(index === 0 || cursor > (cursors[index - 1] ?? ''));
}

export async function drain<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of source) all.push(item);
  return all;
}

/** Counts up by compare-and-set, against concurrent others. */
export async function incrementTimes(store: Store, key: Key, times: number): Promise<void> {
  for (let done = 0; done < times; ) {
    const entry = await store.get(key);
    const next = entry === null ? 1 : Number(text(entry.value)) + 1;
    const checks = [{ key, version: entry?.version ?? null }];
    const result = await store.commit({ checks, sets: [{ key, value: bytes(String(next)) }] });
    if (result.ok) done += 1;
  }
}
