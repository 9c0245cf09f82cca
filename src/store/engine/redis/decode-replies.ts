import type { CommitResult, Entry, Key, LogEntry, LogSlice } from '../../contract.ts';
import { toCursor } from '../cursors.ts';
import { decodeKey } from '../key-encoding.ts';

/** Decodes the replies of the scripts into the contract's types. Each function throws for a reply of another shape. */

export function toEntry(keys: readonly Key[], reply: unknown): (Entry | null)[] {
  const found = arrayOf(reply);
  return keys.map((key, index) => {
    const packed = found[index] ?? null;
    return packed === null ? null : { key, ...unpack(bytesOf(packed)) };
  });
}

export function toListed(reply: unknown): Entry[] {
  return pairsOf(arrayOf(reply)).map(([key, packed]) => ({ key: decodeKey(bytesOf(key)), ...unpack(bytesOf(packed)) }));
}

export function toCommitted(reply: unknown, version: string): CommitResult | 'late' {
  if (Array.isArray(reply)) return { ok: true, version, cursors: reply.map(cursorOf) };
  const word = String(reply);
  if (word === 'conflict') return { ok: false, reason: 'conflict' };
  if (word === 'late') return 'late';
  throw unexpected();
}

/** What `TIME` says, in epoch milliseconds. */
export function toTime(reply: unknown): number {
  const [seconds, micros] = arrayOf(reply).map(String).map(Number);
  if (seconds === undefined || micros === undefined) throw unexpected();
  return seconds * 1_000 + micros / 1_000;
}

export function toSlice(reply: unknown): LogSlice {
  const [trimmed, ...rest] = arrayOf(reply);
  const entries = pairsOf(rest).map(([position, value]) => ({
    cursor: cursorOf(position),
    value: new Uint8Array(bytesOf(value)),
  }));
  return { entries, trimmedThrough: toTail(trimmed) };
}

/** The entry in a message that wakes the followers of a log; null when it has none. */
export function toMessage(message: Buffer): LogEntry | null {
  const end = message.indexOf(0);
  if (end < 0) return null;
  return { cursor: cursorOf(message.toString('utf8', 0, end)), value: new Uint8Array(message.subarray(end + 1)) };
}

/** Null for the position before the first. */
export function toTail(reply: unknown): string | null {
  const position = Number(String(reply));
  return position === 0 ? null : toCursor(position);
}

function unpack(packed: Buffer): Omit<Entry, 'key'> {
  const versionEnd = packed.indexOf(0);
  const expiryEnd = packed.indexOf(0, versionEnd + 1);
  if (versionEnd < 0 || expiryEnd < 0) throw unexpected();
  return { version: packed.toString('utf8', 0, versionEnd), value: new Uint8Array(packed.subarray(expiryEnd + 1)) };
}

function cursorOf(reply: unknown): string {
  return toCursor(Number(String(reply)));
}

function arrayOf(reply: unknown): unknown[] {
  if (Array.isArray(reply)) return reply;
  throw unexpected();
}

function bytesOf(reply: unknown): Buffer {
  if (Buffer.isBuffer(reply)) return reply;
  throw unexpected();
}

function pairsOf(flat: readonly unknown[]): [unknown, unknown][] {
  return flat.flatMap((first, index): [unknown, unknown][] => (index % 2 === 0 ? [[first, flat[index + 1]]] : []));
}

function unexpected(): Error {
  return new Error('unexpected reply shape from a Redis script');
}
