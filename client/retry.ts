import { TroupeError } from './errors.ts';

/** When to stop retrying. */
export interface RetryPolicy {
  /** The total number of attempts, at least one. */
  readonly attempts: number;
  /** Milliseconds since the first attempt after which no other attempt begins. */
  readonly withinMs: number;
}

/** Long enough for a restart of the gateway. */
export const defaultRetryPolicy: RetryPolicy = { attempts: 10, withinMs: 120_000 };

const firstDelayMs = 500;
const longestDelayMs = 30_000;

/**
 * Retries after network errors, and after responses that allow a retry, not before their `Retry-After`. Only for
 * idempotent requests. Rejects with the last failure when the retries are exhausted, and at once with any other.
 */
export async function withRetries<T>(
  attempt: () => Promise<T>,
  { attempts, withinMs }: RetryPolicy,
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

/** The delay before the next attempt; null when a retry cannot help. */
function delayBefore(error: unknown, made: number): number | null {
  // The request or its response was lost.
  if (!(error instanceof TroupeError)) return backoffMs(made);
  const { code, status, retryAfterMs } = error;
  if (retryAfterMs !== null) return retryAfterMs;
  // The outcome is unknown, or a proxy could not reach the gateway.
  const isRetryable = code === 'timeout' || code === 'internal' || (code === null && status >= 500);
  return isRetryable ? backoffMs(made) : null;
}

/** Exponential backoff with full jitter. */
export function backoffMs(failures: number): number {
  return Math.random() * Math.min(longestDelayMs, firstDelayMs * 2 ** failures);
}

/** Waits; rejects with the signal's reason when it aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
