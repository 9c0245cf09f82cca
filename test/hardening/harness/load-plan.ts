import * as v from 'valibot';

/** Callers who share their connections and ask for the same things. */
const LaneSchema = v.strictObject({
  name: v.string(),
  /** Requests that are due in a second, whatever becomes of earlier ones; null: each connection asks again at once. */
  perSecond: v.nullable(v.number()),
  /** Their connections. Whoever finds none free when his turn comes does not get to ask. */
  wires: v.number(),
  /** Whole requests, of which any one is as likely. */
  requests: v.array(v.string()),
});

/** What a generator does, as it is told over its channel. */
export const PlanSchema = v.strictObject({
  url: v.string(),
  durationMs: v.number(),
  seed: v.number(),
  lanes: v.array(LaneSchema),
});

const TallySchema = v.strictObject({ count: v.number(), p50: v.number(), p99: v.number(), most: v.number() });

/**
 * `good`: 2xx. `shed`: refused for what the gateway has to do (503, or 429 for a full queue). `limited`: refused for what
 * the caller has done. `other`: any other answer.
 */
const TalliesSchema = v.strictObject({
  good: TallySchema,
  shed: TallySchema,
  limited: TallySchema,
  other: TallySchema,
});

/** What came of a lane. Times in milliseconds, from the request to its answer. */
const LaneReportSchema = v.strictObject({
  name: v.string(),
  /** Requests that were due. */
  due: v.number(),
  /** Those of them that found a connection. */
  asked: v.number(),
  /** Those of them whose connection ended, or which had no answer long after the end. */
  unanswered: v.number(),
  tallies: TalliesSchema,
  /** How often there was which other answer. */
  others: v.record(v.string(), v.number()),
});

export const ReportSchema = v.strictObject({ lanes: v.array(LaneReportSchema) });

export type Lane = v.InferOutput<typeof LaneSchema>;
export type Plan = v.InferOutput<typeof PlanSchema>;
export type Outcome = keyof v.InferOutput<typeof TalliesSchema>;
export type LaneReport = v.InferOutput<typeof LaneReportSchema>;
export type Report = v.InferOutput<typeof ReportSchema>;
