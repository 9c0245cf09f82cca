import { TroupeError } from './errors.ts';

/** How patient a caller is. */
export interface Patience {
  /** Attempts in all, at least one. */
  readonly attempts: number;
  /** Milliseconds from the first attempt on; no attempt begins later. */
  readonly withinMs: number;
}

/** Outlasts a gateway that drains, ends and starts again. */
export const defaultPatience: Patience = { attempts: 10, withinMs: 120_000 };

const firstDelayMs = 500;
const longestDelayMs = 30_000;

/**
 * Tries again what failed on the way, or what the gateway says may succeed later, as soon as it says. Only for what may
 * be repeated. Rejects with the last failure when the patience is over, and at once with any other.
 */
export async function withRetries<T>(
  attempt: () => Promise<T>,
  { attempts, withinMs }: Patience,
  signal: AbortSignal,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (let made = 1; ; made += 1) {
    try {
      return await attempt();
    } catch (error) {
      const delayMs = delayBefore(error, made);
      const isOver = made >= attempts || performance.now() + (delayMs ?? 0) > deadline;
      if (signal.aborted || delayMs === null || isOver) throw error;
      await pause(delayMs, signal);
    }
  }
}

/** How long to wait before trying again; null when that makes no sense. */
function delayBefore(error: unknown, made: number): number | null {
  // The request or its answer was lost.
  if (!(error instanceof TroupeError)) return backoffMs(made);
  const { code, status, retryAfterMs } = error;
  if (retryAfterMs !== null) return retryAfterMs;
  // Whether it was done is not known, or it was a proxy that could not pass it on.
  const isOpen = code === 'timeout' || code === 'internal' || (code === null && status >= 500);
  return isOpen ? backoffMs(made) : null;
}

/** Full jitter: at random between nothing and a limit that doubles. */
export function backoffMs(failures: number): number {
  return Math.random() * Math.min(longestDelayMs, firstDelayMs * 2 ** failures);
}

/** Waits; rejects with the signal's reason as soon as that is given. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const giveUp = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', giveUp);
      resolve();
    }, ms);
    signal.addEventListener('abort', giveUp, { once: true });
  });
}
