import * as v from 'valibot';

/** The stream errors that WhatsApp sends; 440 is `replaced`, 515 requests a new connection. */
export const streamErrorCode = v.picklist([401, 440, 500, 503, 515]);
const loginFailureCode = v.picklist([401, 402, 403, 405, 406, 409, 411, 500, 503]);

const LONGEST_DELAY_MS = 600_000;

const nth = v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)));

/** `account`: number of the client's account. `times`: how often the rule is applied; unlimited by default. */
const anyClient = {
  account: v.optional(v.string()),
  times: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
};

/**
 * `to`: number or address of the recipient. `id`: id of the message. `nth`: applies from the nth matching message on,
 * `times` times (then 1 by default). `deliver`: whether recipients get the message in spite of the fault. `confirm`:
 * whether devices that decrypt it send receipts.
 */
const anyMessage = {
  ...anyClient,
  to: v.optional(v.string()),
  id: v.optional(v.string()),
  nth,
  deliver: v.optional(v.boolean()),
  confirm: v.optional(v.boolean()),
};

/** `on`: what triggers the fault. `afterAck`: for messages, whether the server acknowledges before the fault. */
const ending = { ...anyMessage, on: v.optional(v.picklist(['message', 'login'])), afterAck: v.optional(v.boolean()) };

/** All faults. */
export const faultRule = v.variant('kind', [
  v.strictObject({ kind: v.literal('no-ack'), ...anyMessage }),
  v.strictObject({ kind: v.literal('duplicate-ack'), ...anyMessage }),
  v.strictObject({
    kind: v.literal('late-ack'),
    ...anyMessage,
    delayMs: v.pipe(v.number(), v.minValue(0), v.maxValue(LONGEST_DELAY_MS)),
  }),
  v.strictObject({
    kind: v.literal('error-ack'),
    ...anyMessage,
    code: v.pipe(v.number(), v.integer(), v.minValue(400), v.maxValue(599)),
  }),
  v.strictObject({ kind: v.literal('reset'), ...ending }),
  v.strictObject({ kind: v.literal('close'), ...ending }),
  v.strictObject({ kind: v.literal('silence'), ...ending }),
  v.strictObject({ kind: v.literal('corrupt-frame'), ...ending }),
  v.strictObject({ kind: v.literal('stream-error'), ...ending, code: streamErrorCode }),
  /** `expire`: with 402, after how many seconds the ban ends. */
  v.strictObject({
    kind: v.literal('login-failure'),
    ...anyClient,
    code: loginFailureCode,
    expire: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  }),
  /** `xmlns` of the query. `silent`: it is not answered at all. `nth`: as for messages. */
  v.strictObject({
    kind: v.literal('query-error'),
    ...anyClient,
    nth,
    xmlns: v.string(),
    code: v.optional(v.pipe(v.number(), v.integer(), v.minValue(400), v.maxValue(599))),
    silent: v.optional(v.boolean()),
  }),
  v.strictObject({
    kind: v.literal('upgrade-error'),
    times: anyClient.times,
    status: v.pipe(v.number(), v.integer(), v.minValue(400), v.maxValue(599)),
  }),
]);

export type FaultRule = v.InferOutput<typeof faultRule>;
export type StreamErrorCode = v.InferOutput<typeof streamErrorCode>;

/** Rules that end or corrupt a connection. */
export type EndingRule = Extract<FaultRule, { kind: 'reset' | 'close' | 'silence' | 'corrupt-frame' | 'stream-error' }>;
/** Rules that only change how a message is acknowledged. */
export type AckRule = Extract<FaultRule, { kind: 'no-ack' | 'duplicate-ack' | 'late-ack' | 'error-ack' }>;
export type LoginRule = Extract<FaultRule, { kind: 'login-failure' }>;
export type QueryRule = Extract<FaultRule, { kind: 'query-error' }>;
export type UpgradeRule = Extract<FaultRule, { kind: 'upgrade-error' }>;
