import { type ErrorCode, errorCodes } from '../../domain/errors.ts';
import { isProbe } from '../load-shedding/load-shedder.ts';
import { noBody } from '../request/validate.ts';
import { type ErrorEnvelope, statusOf } from '../response/errors.ts';
import type { Route } from '../routing/route.ts';

interface Told {
  /** Ends a sentence that begins with the code. */
  means: string;
  /** Headers that an answer with this code may have, beside those that every answer has. */
  headers: readonly string[];
  example: Omit<ErrorEnvelope['error'], 'code'>;
}

const retryAfter = ['Retry-After'] as const;

/** Error codes for the reader of the documentation. */
export const errorDocs: Readonly<Record<ErrorCode, Told>> = {
  validation_error: {
    means: 'a field, a parameter or a header is wrong',
    headers: [],
    example: {
      message: 'label must be at most 100 characters',
      details: { field: 'label', issues: ['label must be at most 100 characters'] },
    },
  },
  unauthorized: {
    means: 'there is no valid credential; the answer is the same whatever is wrong with it',
    headers: ['WWW-Authenticate'],
    example: { message: 'the credential is missing or not valid', details: {} },
  },
  forbidden: {
    means: 'the credential does not carry what this needs',
    headers: [],
    example: { message: 'this needs the capability manage', details: { anyOf: ['manage'] } },
  },
  not_found: {
    means: "there is no such thing, or it is another organization's",
    headers: retryAfter,
    example: { message: 'session not found', details: {} },
  },
  conflict: {
    means: 'not in this state, which `details.reason` names',
    headers: retryAfter,
    example: {
      message: 'the session is being started or stopped right now; try again shortly',
      details: { reason: 'session_busy' },
    },
  },
  payload_too_large: {
    means: 'the body is too large',
    headers: [],
    example: { message: 'the body must be at most 65536 bytes', details: { maxBytes: 65_536 } },
  },
  unsupported_media_type: {
    means: 'the body is not `application/json`, or packed in an unknown way',
    headers: [],
    example: { message: 'the body must be sent with Content-Type: application/json', details: {} },
  },
  idempotency_mismatch: {
    means: 'the key was used for another request, and `IDEMPOTENCY_STRICT` is set',
    headers: [],
    example: { message: 'the idempotency key was used for another request', details: {} },
  },
  rate_limited: {
    means: "the session's own limit of sends is reached",
    headers: ['Retry-After', 'RateLimit', 'RateLimit-Policy'],
    example: {
      message: "the session's limit of 20 sends in a minute is reached",
      details: { limit: 20, window: 'minute', retryAfterMs: 2_944 },
    },
  },
  queue_full: {
    means: 'too much waits already, or too many event streams are open',
    headers: retryAfter,
    example: { message: 'too many sends are waiting for this session; try again shortly', details: {} },
  },
  too_many_requests: {
    means: 'more requests than one credential, session or organization may make',
    headers: retryAfter,
    example: {
      message: 'more than 50 requests a second with one credential; wait before the next',
      details: { limit: 50, window: 'second', retryAfterMs: 20 },
    },
  },
  internal: {
    means: "a fault of ours, which is in the log under the request's id",
    headers: [],
    example: { message: 'something went wrong on our side', details: {} },
  },
  not_implemented: {
    means: 'not possible yet, or it needs a connection that the session does not have',
    headers: retryAfter,
    example: {
      message: 'the session is not connected at the moment; try again shortly',
      details: { reason: 'session_not_connected', status: 'connecting' },
    },
  },
  upstream_error: {
    means: 'WhatsApp refused it, or gave no clear answer, or the message could not be encrypted',
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
    means: 'this cannot be done now; the message says whether anything was done',
    headers: retryAfter,
    example: {
      message: 'the gateway has more to do than it can; nothing was done, ask again later',
      details: { reason: 'overloaded' },
    },
  },
  timeout: {
    means: 'WhatsApp did not answer in time, and what becomes of it is not known',
    headers: [],
    example: {
      message: 'WhatsApp did not acknowledge in time; the outcome is not known yet',
      details: { outboxId: '01M833R7FDF3YYGD8PQ6EESTNZ', waMessageId: '3EB00089C41B20AB7B30C3' },
    },
  },
};

/** The codes that a route can refuse with, by status. */
export function errorDocsOf(route: Route): Map<number, ErrorCode[]> {
  const possible = new Set<ErrorCode>([...ofEveryRoute(route), ...ofBody(route), ...route.refuses]);
  return Map.groupBy(
    errorCodes.filter((code) => possible.has(code)),
    statusOf,
  );
}

/** A request without a `Host`, a fault of ours, too much to do. */
function ofEveryRoute({ path }: Route): readonly ErrorCode[] {
  return isProbe(path) ? ['validation_error', 'internal'] : ['validation_error', 'internal', 'unavailable'];
}

function ofBody({ reads }: Route): readonly ErrorCode[] {
  return reads.body.type === noBody.type ? [] : ['payload_too_large', 'unsupported_media_type'];
}
