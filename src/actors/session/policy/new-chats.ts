import type { Restriction } from '../../../domain/restriction.ts';

const minuteMs = 60_000;

/** Time without new chats after WhatsApp has refused one without saying why; it doubles up to the maximum. */
const firstBackoffMs = 5 * minuteMs;
const maxBackoffMs = 60 * minuteMs;

/** The most that a caller is told to wait. */
const maxRetryMs = 24 * 60 * minuteMs;

/** How WhatsApp refuses the first message to somebody who has not allowed it. */
export const newChatRefused = '463';

/** Refusals of new chats in a row. */
export interface Refusals {
  count: number;
  /** When the last one came, in epoch milliseconds. */
  at: number;
}

export function refusedAgain(before: Refusals | undefined, now: number): Refusals {
  return { count: (before?.count ?? 0) + 1, at: now };
}

/** No new chats may be begun: why, until when (epoch milliseconds), and in how many ms the queue is looked through again. */
export interface NewChatHold {
  kind: string;
  until: number;
  forMs: number;
}

/** Why no new chats may be begun now; null when they may. */
export function newChatHold(
  restriction: Restriction | null,
  refusals: Refusals | undefined,
  now: number,
): NewChatHold | null {
  if (restriction !== null) return holdUntil(restriction.until ?? now + maxBackoffMs, restriction.kind, now);
  // Refusals from the future come from a clock that was set back since.
  if (refusals === undefined || refusals.at > now) return null;
  const until = refusals.at + Math.min(firstBackoffMs * 2 ** (refusals.count - 1), maxBackoffMs);
  return until > now ? holdUntil(until, 'new_chat_refused', now) : null;
}

/** The queue is looked through again every few minutes, as some of what is set aside may have expired. */
function holdUntil(end: number, kind: string, now: number): NewChatHold {
  const until = Math.min(end, now + maxRetryMs);
  return { kind, until, forMs: Math.min(Math.max(until - now, 1_000), firstBackoffMs) };
}
