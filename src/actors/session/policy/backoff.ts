const baseMs = 1_000;
const capMs = 60_000;

/**
 * Full jitter: any time between 0 and the cap for this attempt, which doubles from 1 s to 60 s. `attempt` counts
 * from 0; `roll` is in [0, 1).
 */
export function backoffMs(attempt: number, roll: number): number {
  return Math.floor(roll * Math.min(capMs, baseMs * 2 ** Math.min(attempt, 16)));
}

/**
 * The next state of a small random generator (mulberry32) and its roll in [0, 1). Kept in the machine's context, so
 * that a session's delays differ from its siblings' and repeat under the same seed.
 */
export function nextRoll(seed: number): { seed: number; roll: number } {
  const next = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(next ^ (next >>> 15), next | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return { seed: next, roll: ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32 };
}
