/** Connections that a session may dial by itself in any window, and with the restarts that WhatsApp asks for. */
const maxAttempts = 10;
const maxWithRestarts = 12;
const windowMs = 120_000;

/** The attempts that still count, this one included, oldest first. Times are epoch milliseconds. */
export function withAttempt(dialledAt: readonly number[], now: number): readonly number[] {
  return [...counting(dialledAt, now), now].slice(-maxWithRestarts);
}

/** How long the next attempt must wait for the budget, which full jitter alone would now and then exceed. */
export function budgetMs(dialledAt: readonly number[], now: number, kind: 'restart' | 'retry'): number {
  const recent = counting(dialledAt, now);
  // The attempt that must have left the window before there is room for another one.
  const oldest = recent.at(-(kind === 'restart' ? maxWithRestarts : maxAttempts));
  return oldest === undefined ? 0 : oldest + windowMs - now;
}

/** Attempts of the future are a clock that was set back: they must not hold a session up. */
function counting(dialledAt: readonly number[], now: number): readonly number[] {
  return dialledAt.filter((at) => at <= now && now - at < windowMs);
}
