/**
 * The closed set of error codes that callers meet. Each has one HTTP status (`http/response/errors.ts`).
 * A code never changes; a new one does not compile until it has a status.
 */
export const errorCodes = [
  'validation_error',
  'unauthorized',
  'forbidden',
  'not_found',
  'conflict',
  'payload_too_large',
  'unsupported_media_type',
  'idempotency_mismatch',
  'rate_limited',
  'queue_full',
  'too_many_requests',
  'internal',
  'not_implemented',
  'upstream_error',
  'unavailable',
  'timeout',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** Free-form facts for the caller; never secrets, message content or the text of inner errors. */
type ErrorDetails = Record<string, string | number | boolean | null | readonly string[]>;

/** How much of a limit is used, for the `RateLimit` headers. */
export interface Quota {
  /** Sends allowed per window. */
  limit: number;
  windowSeconds: number;
  /** Whole sends left now. */
  remaining: number;
  /** Seconds until one more is allowed. */
  resetSeconds: number;
}

/** Why a request was not carried out, as plain data, so that it can be part of an event. */
export interface Refusal {
  code: ErrorCode;
  /** One sentence for a person: what is wrong and what to do. */
  message: string;
  details?: ErrorDetails;
  /** Present when a retry can succeed; becomes `Retry-After`. */
  retryAfterMs?: number;
  /** The limit that was reached. */
  quota?: Quota;
  /** The refusal belongs to another request with the same idempotency key. */
  mismatch?: boolean;
}

/** The result of an operation with expected failures. */
export type Outcome<T> = { ok: true; value: T } | { ok: false; refusal: Refusal };

export function done<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

export function refused<T>(refusal: Refusal): Outcome<T> {
  return { ok: false, refusal };
}

/** The answer to requests that write, while the store cannot be written. */
export const storeUnavailable: Refusal = {
  code: 'unavailable',
  message: 'nothing was done: the store cannot be written at the moment',
  details: { reason: 'store_unavailable' },
  retryAfterMs: 5_000,
};

/** A {@link Refusal} as an exception; the only error class whose message reaches a caller. */
export class GatewayError extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal, options?: ErrorOptions) {
    super(refusal.message, options);
    this.name = 'GatewayError';
    this.refusal = refusal;
  }
}

/** The value of a successful outcome; throws the refusal of a failed one as a {@link GatewayError}. */
export function unwrap<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value;
  throw new GatewayError(outcome.refusal);
}

/** A fault of the installation. Its message says what is wrong and what the operator can do. */
export class OperatorError extends Error {
  constructor(sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.name = 'OperatorError';
  }
}

/** The location in a stack frame, without the function's name, which can come from a key of data. */
const frameLocation = /^\s+at .*?((?:file:\/\/|node:|\/)[^\s()]+:\d+:\d+)\)?$/;

/** What went wrong first, when closing something failed after it. */
export function firstErrorOf(error: unknown): unknown {
  return error instanceof SuppressedError ? firstErrorOf(error.suppressed) : error;
}

/** What may be logged of any error: its name, its code and the locations of its stack; never its message. */
export function errorFacts(error: unknown): { error: string; errorCode?: string; at?: string[] } {
  if (!(error instanceof Error)) return { error: typeof error };
  const locations = framesOf(error)
    .split('\n')
    .flatMap((line) => frameLocation.exec(line)?.[1] ?? []);
  const code = 'code' in error && typeof error.code === 'string' ? { errorCode: error.code } : {};
  return { error: error.name, ...code, at: locations.slice(0, 5) };
}

/** The stack after the message, which may contain lines that look like frames. */
function framesOf({ message, stack = '' }: Error): string {
  const messageAt = stack.indexOf(message);
  return messageAt < 0 ? '' : stack.slice(messageAt + message.length);
}
