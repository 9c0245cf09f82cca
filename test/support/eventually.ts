import { setTimeout as pause } from 'node:timers/promises';

/** How often the fact is looked at. */
const intervalMs = 10;

/**
 * The result of `check` once it stops throwing: for facts that become true by themselves and announce it to nobody.
 * Throws its last error when that has not happened in time.
 */
export async function eventually<T>(check: () => T | Promise<T>, timeoutMs = 10_000): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await pause(intervalMs);
    }
  }
}
