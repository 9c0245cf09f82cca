import type { Identity } from '../../../store/records/sessions/credentials.ts';

/** Prekey ids are numbers of 24 bits, and 0 means none. */
const idCount = 2 ** 24;

/** Ids at the end that are left for what follows a jump: each costs the server a key, so it takes years to use them up. */
const reserve = 2 ** 20;

/** More ids than a session uses up between two backups. */
const margin = 50_000;

/** Ids per second, so that two restores of one backup get ids far apart: a first upload takes 812. */
const idsPerSecond = 100;

/**
 * Where the prekey ids of a restored identity continue, given where the backup's would: at a place that depends on the time
 * of the restore alone, so that two restores of one backup do not use the same ids, and away from those that were used since
 * the backup.
 * @param now epoch milliseconds
 */
export function nextIdAfterRestore(nextId: number, now: number): number {
  const range = idCount - reserve;
  const place = Math.floor((now / 1_000) * idsPerSecond) % range;
  const isNear = place > nextId - margin && place < nextId + margin;
  return 1 + (isNear ? (nextId + margin) % range : place);
}

/** How many ids are looked at for keys of an upload that the credentials do not know of; keys go from its beginning. */
const probed = 8;

/** More keys than one upload has. */
const largestUpload = 1_000;

/**
 * Where the prekey ids of an identity continue, given where its credentials say. A process may end when the keys of an
 * upload are stored and the credentials are not: their ids are passed over, as they may be on the server. Before ids have
 * more than 24 bits they begin again from 1.
 */
export async function nextUnusedId(identity: Pick<Identity, 'keys'>, nextId: number): Promise<number> {
  const start = nextId > idCount - reserve / 2 ? 1 : nextId;
  const isUsed = (await storedIds(identity, start, probed)).length > 0;
  return isUsed ? Math.max(...(await storedIds(identity, start, largestUpload))) + 1 : start;
}

async function storedIds(identity: Pick<Identity, 'keys'>, start: number, count: number): Promise<number[]> {
  const ids = Array.from({ length: count }, (_, index) => String(start + index));
  return [...(await identity.keys('pre-key', ids)).keys()].map(Number);
}
