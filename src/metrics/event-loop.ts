import { Histogram, type Registry } from 'prom-client';

/** How often the event loop is asked for a turn. */
const everyMs = 20;

const delayBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * Measures how late the event loop takes its turns, until disposed of. The library's own metric resets at each reading:
 * two readers take it from each other, and a reading during a long turn hides that turn.
 */
export function watchEventLoop(registry: Registry): Disposable {
  const delays = new Histogram({
    name: 'troupe_event_loop_delay_seconds',
    help: `How late the event loop is, asked every ${everyMs} ms`,
    buckets: delayBuckets,
    registers: [registry],
  });
  let due = performance.now() + everyMs;
  const timer = setInterval(() => {
    const now = performance.now();
    delays.observe(Math.max(0, now - due) / 1_000);
    due = now + everyMs;
  }, everyMs).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
