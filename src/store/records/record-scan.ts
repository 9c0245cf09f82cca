import type { Entry, Key, Store } from '../contract.ts';
import { type ScanOptions, scan } from '../scan.ts';
import { unlessUnreadable } from '../unreadable-value.ts';

interface RecordOptions<T> extends ScanOptions {
  decode: (entry: Entry) => T;
}

/** The records below a prefix, in key order, without unreadable ones. */
export async function* recordsBelow<T extends object>(
  store: Pick<Store, 'list'>,
  prefix: Key,
  { decode, ...options }: RecordOptions<T>,
): AsyncGenerator<T> {
  for await (const entry of scan(store, prefix, options)) {
    const record = await unlessUnreadable(null, () => decode(entry));
    if (record !== null) yield record;
  }
}

/** The first records below a prefix, at most `limit`. */
export async function firstBelow<T extends object>(
  store: Store,
  prefix: Key,
  limit: number,
  options: Omit<RecordOptions<T>, 'pageSize'>,
): Promise<T[]> {
  const records: T[] = [];
  for await (const record of recordsBelow(store, prefix, { ...options, pageSize: limit })) {
    if (records.push(record) === limit) break;
  }
  return records;
}
