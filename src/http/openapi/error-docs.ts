import { type ErrorCode, errorCodes } from '../../domain/errors.ts';
import { isProbe } from '../load-shedding/load-shedder.ts';
import { noBody } from '../request/validate.ts';
import { type ErrorEnvelope, statusOf } from '../response/errors.ts';
import type { Route } from '../routing/route.ts';

interface ErrorDoc {
  /** Follows the code and a colon; no full stop. */
  description: string;
  /** Headers that a response with this code may have, beyond those of every response. */
  headers: readonly string[];
  example: Omit<ErrorEnvelope['error'], 'code'>;
}

const retryAfter = ['Retry-After'] as const;

/** The error codes in the documentation. */
export const errorDocs: Readonly<Record<ErrorCode, ErrorDoc>> = {
  validation_error: {
    description: 'a field, parameter or header is invalid',
    headers: [],
    example: {
      message: 'label must be at most 100 characters',
      details: { field: 'label', issues: ['label must be at most 100 characters'] },
    },
  },
  unauthorized: {
    description: 'the credential is missing or invalid; the response does not say which',
    headers: ['WWW-Authenticate'],
    example: { message: 'the credential is missing or invalid', details: {} },
  },
  forbidden: {
    description: 'the credential lacks a required capability',
    headers: [],
    example: { message: 'this request requires the capability manage', details: { anyOf: ['manage'] } },
  },
  not_found: {
    description: 'it does not exist, or belongs to another organization',
    headers: retryAfter,
    example: { message: 'session not found', details: {} },
  },
  conflict: {
    description: 'not possible in the current state; see `details.reason`',
    headers: retryAfter,
    example: {
      message: 'the session is being started or stopped right now; try again shortly',
      details: { reason: 'session_busy' },
    },
  },
  payload_too_large: {
    description: 'the body is too large',
    headers: [],
    example: { message: 'the body must be at most 65536 bytes', details: { maxBytes: 65_536 } },
  },
  unsupported_media_type: {
    description: 'the body is not `application/json`, or its `Content-Encoding` is unknown',
    headers: [],
    example: { message: 'the body must be sent with Content-Type: application/json', details: {} },
  },
  idempotency_mismatch: {
    description: 'the idempotency key was used for another request, and `IDEMPOTENCY_STRICT` is set',
    headers: [],
    example: { message: 'the idempotency key was used for another request', details: {} },
  },
  rate_limited: {
    description: "the session's rate limit of sends is reached",
    headers: ['Retry-After', 'RateLimit', 'RateLimit-Policy'],
    example: {
      message: "the session's limit of 20 sends in a minute is reached",
      details: { limit: 20, window: 'minute', retryAfterMs: 2_944 },
    },
  },
  queue_full: {
    description: 'the queue is full, or too many event streams are open',
    headers: retryAfter,
    example: { message: 'too many sends are waiting for this session; try again shortly', details: {} },
  },
  too_many_requests: {
    description: 'the credential, session or organization makes too many requests',
    headers: retryAfter,
    example: {
      message: 'this credential exceeded 50 requests per second; slow down',
      details: { limit: 50, window: 'second', retryAfterMs: 20 },
    },
  },
  internal: {
    description: 'an internal error, logged by the gateway with the request id',
    headers: [],
    example: { message: 'internal error; see the gateway log for this request id', details: {} },
  },
  not_implemented: {
    description: 'not implemented yet, or the session has to be connected for it',
    headers: retryAfter,
    example: {
      message: 'the session is not connected at the moment; try again shortly',
      details: { reason: 'session_not_connected', status: 'connecting' },
    },
  },
  upstream_error: {
    description: 'WhatsApp refused it or gave no clear answer, or the message could not be encrypted',
    headers: [],
    example: {
      message: 'the recipient has no device on WhatsApp',
      details: {
        outboxId: '01M833R7FDF3YYGD8PQ6EESTNZ',
        waMessageId: '3EB00089C41B20AB7B30C3',
        whatsappCode: 'recipient_unknown',
      },
    },
  },
  unavailable: {
    description: 'temporarily unavailable; the message says whether the request was processed',
    headers: retryAfter,
    example: {
      message: 'the gateway is overloaded; the request was not processed, retry later',
      details: { reason: 'overloaded' },
    },
  },
  timeout: {
    description: 'WhatsApp did not answer in time; the outcome is not known yet',
    headers: [],
    example: {
      message: 'WhatsApp did not acknowledge in time; the outcome is not known yet',
      details: { outboxId: '01M833R7FDF3YYGD8PQ6EESTNZ', waMessageId: '3EB00089C41B20AB7B30C3' },
    },
  },
};

/** The possible error codes of a route, by status. */
export function errorCodesOf(route: Route): Map<number, ErrorCode[]> {
  const possible = new Set<ErrorCode>([...commonCodes(route), ...bodyCodes(route), ...route.refuses]);
  return Map.groupBy(
    errorCodes.filter((code) => possible.has(code)),
    statusOf,
  );
}

/** A missing `Host`, an internal error, overload. */
function commonCodes({ path }: Route): readonly ErrorCode[] {
  return isProbe(path) ? ['validation_error', 'internal'] : ['validation_error', 'internal', 'unavailable'];
}

function bodyCodes({ reads }: Route): readonly ErrorCode[] {
  return reads.body.type === noBody.type ? [] : ['payload_too_large', 'unsupported_media_type'];
}
