import * as v from 'valibot';

/** The longest timer that is believed; WhatsApp's longest is 90 days. */
const maxSeconds = 366 * 24 * 60 * 60;

/**
 * After how long the messages of a chat disappear; 0: never. `setAt` is when somebody chose that, in seconds since 1970 as
 * WhatsApp writes it; absent when it was not told.
 */
export const ChatTimerSchema = v.object({
  seconds: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(maxSeconds)),
  setAt: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
});

export type ChatTimer = v.InferOutput<typeof ChatTimerSchema>;

/** A timer as a message tells it; `chats` are the addresses of the one chat, `timestamp` in epoch milliseconds. */
export interface SeenTimer {
  chats: readonly string[];
  timer: ChatTimer;
  timestamp: number;
}
