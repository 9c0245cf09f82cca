import * as v from 'valibot';

/**
 * The two token buckets of a session as stored: tokens (with fractions) at a time. `asyncAt` is when the async lane
 * last took one. Times are epoch milliseconds.
 */
export const RateStateSchema = v.object({
  minute: v.number(),
  hour: v.number(),
  at: v.number(),
  asyncAt: v.number(),
});

export type RateState = v.InferOutput<typeof RateStateSchema>;
