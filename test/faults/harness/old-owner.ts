import type { Store } from '../../../src/store/contract.ts';
import { recordsBelow } from '../../../src/store/records.ts';
import { organization } from '../world.ts';

/** The name of a process's opening of the store, which all versions that it writes begin with. */
export function openingOf(version: string): string {
  return version.slice(0, version.indexOf('.'));
}

/** What is stored of some sessions that was written last under that opening, by version. */
export async function writtenBy(
  store: Store,
  opening: string,
  sessions: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const written = new Map<string, string>();
  const versioned = recordsBelow(store, [organization], { decode: ({ key, version }) => ({ key, version }) });
  for await (const { key, version } of versioned) {
    if (sessions.includes(key[2] ?? '') && openingOf(version) === opening) written.set(version, key.join('/'));
  }
  return written;
}
