import * as v from 'valibot';
import { errorFacts } from './errors.ts';
import { TraceIdSchema } from './id-schemas.ts';

/** Nothing that is logged contains an `@`, as WhatsApp and mail addresses do. */
const withoutAddress = v.check((text: string) => !text.includes('@'));

/** An id, a code or a name of ours. */
const word = v.pipe(v.string(), v.regex(/^[\w.:-]{1,100}$/));

/** A sentence of ours, or a path or an address of the installation. */
const sentence = v.pipe(v.string(), v.maxLength(1_000), withoutAddress);

/** The id of a span, or the flags of a trace. */
const hex = v.pipe(v.string(), v.regex(/^[0-9a-f]{1,16}$/));

const number = v.pipe(v.number(), v.finite());

/** A location in a program. */
const location = v.pipe(v.string(), v.maxLength(300), v.regex(/^(file:\/\/|node:|\/)[^\s()]+:\d+:\d+$/));

const actor = v.strictObject({ kind: word, id: v.optional(word) });

/** The facts that a log line may have beside its message, which is always a constant of ours. Each may be null. */
const factSchemas: Readonly<Record<string, v.GenericSchema>> = {
  organization: word,
  session: word,
  node: word,
  requestId: word,
  traceId: TraceIdSchema,
  /** Added to each line by an OpenTelemetry instrumentation. */
  trace_id: TraceIdSchema,
  span_id: hex,
  trace_flags: hex,
  outboxId: word,
  mode: word,
  attempts: number,
  route: word,
  method: word,
  status: v.union([word, number]),
  previous: word,
  reason: sentence,
  since: number,
  nextAttemptAt: number,
  durationMs: number,
  bytes: number,
  takenAt: number,
  count: number,
  aborted: v.boolean(),
  error: word,
  errorCode: word,
  at: v.array(location),
  effect: word,
  fact: word,
  library: word,
  /** See {@link redactedText}. */
  said: sentence,
  /** The key of a stored value, in which addresses of people are hidden. */
  key: v.array(v.pipe(v.string(), v.maxLength(200), withoutAddress)),
  setting: word,
  file: v.string(),
  url: v.string(),
  signal: word,
  outcome: word,
  pid: number,
  audit: word,
  actor,
  apiKey: word,
  capabilities: v.array(word),
  /** A keyed hash of a WhatsApp account. */
  account: v.pipe(v.string(), v.regex(/^[0-9a-f]{8}$/)),
};

/**
 * The facts that may be logged: the known ones that match their schema. All others are left out, and `dropped` says how
 * many there were. An error at `err` becomes its name, its code and the locations of its stack.
 */
export function loggable(facts: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { err, ...rest } = facts;
  const given = Object.entries({ ...(err !== undefined && errorFacts(err)), ...rest }).filter(isGiven);
  const kept = given.filter(([name, value]) => isFact(name, value));
  const dropped = given.length - kept.length;
  return { ...Object.fromEntries(kept), ...(dropped > 0 && { dropped }) };
}

function isGiven([, value]: [string, unknown]): boolean {
  return value !== undefined;
}

function isFact(name: string, value: unknown): boolean {
  const schema = Object.hasOwn(factSchemas, name) ? factSchemas[name] : undefined;
  return schema !== undefined && (value === null || v.is(schema, value));
}

/** The words of a library's log message that carry no digits, quotes, braces or addresses; at most a sentence. */
export function redactedText(args: readonly unknown[]): string {
  const message = args.find((arg) => typeof arg === 'string') ?? '';
  const words = String(message).split(/\s+/).slice(0, 20);
  return words.map((word) => (/^[A-Za-z][a-z,.'-]*$/.test(word) ? word : '…')).join(' ');
}
