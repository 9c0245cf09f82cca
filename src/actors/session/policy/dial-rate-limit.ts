/** Connections that a session may dial by itself in any window, without and with the restarts that WhatsApp requests. */
const maxAttempts = 10;
const maxWithRestarts = 12;
const windowMs = 120_000;

/** The attempts within the window, this one included, oldest first. Times are epoch milliseconds. */
export function withAttempt(dialledAt: readonly number[], now: number): readonly number[] {
  return [...counting(dialledAt, now), now].slice(-maxWithRestarts);
}

/** How long the next attempt must wait, in ms; the back-off's jitter alone would exceed the limit at times. */
export function budgetMs(dialledAt: readonly number[], now: number, kind: 'restart' | 'retry'): number {
  const recent = counting(dialledAt, now);
  // This attempt must have left the window before the next one.
  const oldest = recent.at(-(kind === 'restart' ? maxWithRestarts : maxAttempts));
  return oldest === undefined ? 0 : oldest + windowMs - now;
}

/** Attempts in the future come from a clock that was set back since: they must not delay a session. */
function counting(dialledAt: readonly number[], now: number): readonly number[] {
  return dialledAt.filter((at) => at <= now && now - at < windowMs);
}
