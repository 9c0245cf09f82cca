import type { Entry, Key, Store } from './contract.ts';

export interface ScanOptions {
  /** Only entries after this key. */
  after?: Key | undefined;
  /** Entries that are read at a time, 1 to 1,000. */
  pageSize?: number;
}

/** The entries below a prefix, in key order, a page at a time; entries that are written during the scan may be missed. */
export async function* scan(store: Pick<Store, 'list'>, prefix: Key, options: ScanOptions = {}): AsyncGenerator<Entry> {
  for await (const page of scanPages(store, prefix, options)) yield* page;
}

/** The same in pages, for work on many entries at once. No page is empty. */
export async function* scanPages(
  store: Pick<Store, 'list'>,
  prefix: Key,
  { after, pageSize = 500 }: ScanOptions = {},
): AsyncGenerator<Entry[]> {
  for (let last = after; ; ) {
    const page = await store.list(prefix, { limit: pageSize, ...(last !== undefined && { after: last }) });
    last = page.at(-1)?.key;
    if (last === undefined) return;
    yield page;
    if (page.length < pageSize) return;
  }
}
