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

/** Whether ids must begin again from 1, before they have more than 24 bits. */
export function isNearLastId(nextId: number): boolean {
  return nextId > idCount - reserve / 2;
}
