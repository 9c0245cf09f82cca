import type { LIDMapping } from '@whiskeysockets/baileys';
import { LRUCache } from 'lru-cache';

/** Numbers without a LID that are remembered, and for how long. */
const maxNumbers = 2_048;
const noneMs = 60_000;

/** WhatsApp's answer for the LIDs of numbers. */
export type LidLookUp = (numbers: string[]) => Promise<LIDMapping[] | undefined>;

/**
 * Remembers for a while which numbers have no LID. Baileys remembers only those that have one, and asks for the others some
 * ten times for each message (7.0.0-rc14, `getLIDsForPNs`); WhatsApp limits queries.
 *
 * @param now epoch milliseconds
 */
export function rememberNoLid(lookUp: LidLookUp, now: () => number): LidLookUp {
  const noneUntil = new LRUCache<string, number>({ maxSize: maxNumbers, sizeCalculation: () => 1 });
  return async (numbers) => {
    const unknown = numbers.filter((number) => (noneUntil.get(number) ?? 0) <= now());
    if (unknown.length === 0) return [];
    const found = (await lookUp(unknown)) ?? [];
    const withLid = new Set(found.map(({ pn }) => pn));
    for (const number of unknown) if (!withLid.has(number)) noneUntil.set(number, now() + noneMs);
    return found;
  };
}
