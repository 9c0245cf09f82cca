import type { Store } from '../../../../src/store/contract.ts';
import { recordsBelow } from '../../../../src/store/records/record-scan.ts';
import { organization } from '../../../support/gateway/environment.ts';

/** The name of a process's opening of the store, which all versions that it writes begin with. */
export function openingOf(version: string): string {
  return version.slice(0, version.indexOf('.'));
}

/**
 * What anybody may write who checks the row itself: a receipt, or a message, that a node has confirmed to WhatsApp is told
 * to no other, and is stored also when the session is another node's by then.
 */
const shared: ReadonlySet<string | undefined> = new Set([
  'outbox',
  'outbox-by-message',
  'message',
  'received',
  'received-count',
]);

/** What only the owner writes for some sessions, and was written last under that opening, by version. */
export async function writtenBy(
  store: Store,
  opening: string,
  sessions: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const written = new Map<string, string>();
  const versioned = recordsBelow(store, [organization], { decode: ({ key, version }) => ({ key, version }) });
  for await (const { key, version } of versioned) {
    const isOwners = sessions.includes(key[2] ?? '') && !shared.has(key[1]);
    if (isOwners && openingOf(version) === opening) written.set(version, key.join('/'));
  }
  return written;
}
