import * as v from 'valibot';
import { type ErrorCode, errorCodes, GatewayError, type Quota, type Refusal } from '../../domain/errors.ts';
import { UnknownFormError } from '../../store/unreadable-value.ts';

const statuses = {
  validation_error: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  payload_too_large: 413,
  unsupported_media_type: 415,
  idempotency_mismatch: 422,
  rate_limited: 429,
  queue_full: 429,
  too_many_requests: 429,
  internal: 500,
  not_implemented: 501,
  upstream_error: 502,
  unavailable: 503,
  timeout: 504,
} as const satisfies Record<ErrorCode, number>;

const DetailSchema = v.union([
  v.string(),
  v.number(),
  v.boolean(),
  v.null(),
  v.pipe(v.array(v.string()), v.readonly()),
]);

/** The body of every error response. */
export const ErrorEnvelopeSchema = v.strictObject({
  error: v.strictObject({
    code: v.pipe(v.picklist(errorCodes), v.description('Stable: codes never change their meaning')),
    message: v.pipe(v.string(), v.description('One sentence for people; it may be reworded')),
    details: v.pipe(
      v.record(v.string(), DetailSchema),
      v.description('Machine-readable details; which ones depends on the code'),
    ),
  }),
});

export type ErrorEnvelope = v.InferOutput<typeof ErrorEnvelopeSchema>;

export interface ErrorAnswer {
  status: number;
  headers: Record<string, string>;
  envelope: ErrorEnvelope;
}

const internal: Refusal = { code: 'internal', message: 'internal error; see the gateway log for this request id' };

/** A newer release has written the value, and nodes of that release can process the request. */
const unknownForm: Refusal = {
  code: 'unavailable',
  message: 'the request was not processed: the stored data was written by a newer release of the gateway; retry later',
  details: { reason: 'record_unreadable' },
  retryAfterMs: 60_000,
};

/** What a client may learn about an error: only a {@link GatewayError} carries its own text. */
export function toRefusal(error: unknown): Refusal {
  if (error instanceof UnknownFormError) return unknownForm;
  return error instanceof GatewayError && error.refusal.code !== 'internal' ? error.refusal : internal;
}

export function statusOf(code: ErrorCode): number {
  return statuses[code];
}

export function toAnswer(refusal: Refusal): ErrorAnswer {
  const { code, message, details = {}, quota, mismatch } = refusal;
  const retryAfter = retryAfterOf(refusal);
  return {
    status: statusOf(code),
    headers: {
      ...(code === 'unauthorized' && { 'WWW-Authenticate': 'Bearer' }),
      ...(retryAfter !== null && { 'Retry-After': String(retryAfter) }),
      ...(quota !== undefined && quotaHeaders(quota)),
      ...(mismatch === true && { 'Idempotency-Mismatch': 'true' }),
    },
    envelope: { error: { code, message, details } },
  };
}

/** In seconds; never before the quota's reset, so that the two headers do not contradict each other. */
function retryAfterOf({ retryAfterMs, quota }: Refusal): number | null {
  if (retryAfterMs === undefined && quota === undefined) return null;
  return Math.max(1, Math.ceil((retryAfterMs ?? 0) / 1000), Math.ceil(quota?.resetSeconds ?? 0));
}

/** draft-ietf-httpapi-ratelimit-headers-11: the fields are integers. */
function quotaHeaders({ limit, windowSeconds, remaining, resetSeconds }: Quota): Record<string, string> {
  return {
    RateLimit: `"session";r=${Math.max(0, Math.floor(remaining))};t=${Math.max(0, Math.ceil(resetSeconds))}`,
    'RateLimit-Policy': `"session";q=${limit};w=${windowSeconds}`,
  };
}

/** A `validation_error`. Each of the `issues` begins with the name of a field; the first is about `field`. */
export function invalid(field: string, issues: readonly [string, ...string[]], options?: ErrorOptions): GatewayError {
  return new GatewayError({ code: 'validation_error', message: issues[0], details: { field, issues } }, options);
}
