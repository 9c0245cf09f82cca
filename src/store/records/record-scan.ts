import type { Entry, Key, Store } from '../contract.ts';
import { unlessUnreadable } from '../unreadable-value.ts';

interface RecordOptions<T> {
  decode: (entry: Entry) => T;
  /** Only records behind this key. */
  after?: Key;
  /** Entries that are read at a time. */
  pageSize?: number;
}

/** The records below a prefix, in key order. One that is damaged is left out: it must not be in the way of the rest. */
export async function* recordsBelow<T extends object>(
  store: Pick<Store, 'list'>,
  prefix: Key,
  { decode, after, pageSize = 500 }: RecordOptions<T>,
): AsyncGenerator<T> {
  for (let last = after; ; ) {
    const page = await store.list(prefix, { limit: pageSize, ...(last !== undefined && { after: last }) });
    for (const entry of page) {
      const record = await unlessUnreadable(null, () => decode(entry));
      if (record !== null) yield record;
    }
    last = page.at(-1)?.key;
    if (page.length < pageSize) return;
  }
}

/** The same, at most so many. */
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
