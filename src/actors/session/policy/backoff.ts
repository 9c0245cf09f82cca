import { jitteredBackoffMs } from '../../../domain/backoff.ts';

const limits = { baseMs: 1_000, capMs: 60_000 };

/** The wait before a session reconnects. `attempt` counts from 0; `roll` is in [0, 1). */
export function backoffMs(attempt: number, roll: number): number {
  return jitteredBackoffMs(attempt, roll, limits);
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
