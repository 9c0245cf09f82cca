const baseMs = 1_000;
const capMs = 60_000;

/**
 * Exponential back-off with full jitter, in ms: between 0 and a cap that doubles with each attempt from 1 s to 60 s.
 * `attempt` counts from 0; `roll` is in [0, 1).
 */
export function backoffMs(attempt: number, roll: number): number {
  return Math.floor(roll * Math.min(capMs, baseMs * 2 ** Math.min(attempt, 16)));
}

/**
 * The next state of a small random generator (mulberry32) and its roll in [0, 1). Its state is part of the machine's
 * context, so that delays differ between sessions and repeat under the same seed.
 */
export function nextRoll(seed: number): { seed: number; roll: number } {
  const next = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(next ^ (next >>> 15), next | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return { seed: next, roll: ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32 };
}
