export interface BackoffLimits {
  /** The limit of the first wait. */
  baseMs: number;
  /** The limit that no wait exceeds. */
  capMs: number;
}

/** Exponential backoff: a limit that doubles with each attempt, counted from 0, up to a cap. */
export function backoffLimitMs(attempt: number, { baseMs, capMs }: BackoffLimits): number {
  return Math.min(capMs, baseMs * 2 ** Math.min(attempt, 30));
}

/** Exponential backoff with full jitter: any time below the limit of the attempt. `roll` is in [0, 1). */
export function jitteredBackoffMs(attempt: number, roll: number, limits: BackoffLimits): number {
  return Math.floor(roll * backoffLimitMs(attempt, limits));
}
