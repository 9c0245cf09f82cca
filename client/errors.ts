import type { components } from './schema.ts';

type ErrorBody = components['schemas']['Error']['error'];

export type ErrorCode = ErrorBody['code'];

/** An error response. Codes never change their meaning; `message` is for people. */
export class TroupeError extends Error {
  readonly status: number;
  /** Null when the response did not come from the gateway but from a proxy. */
  readonly code: ErrorCode | null;
  readonly details: NonNullable<ErrorBody['details']>;
  /** The delay before a retry; null when a retry cannot help. */
  readonly retryAfterMs: number | null;
  /** The id of the request in the gateway's log. */
  readonly requestId: string | null;

  constructor({ status, headers }: Response, body: unknown) {
    const error = errorIn(body);
    super(error?.message ?? `the gateway answered with status ${status}`);
    this.name = 'TroupeError';
    this.status = status;
    this.code = error?.code ?? null;
    this.details = error?.details ?? {};
    this.retryAfterMs = millisecondsIn(headers.get('retry-after'));
    this.requestId = headers.get('x-request-id');
  }
}

function errorIn(body: unknown): ErrorBody | null {
  return isErrorBody(body) ? body.error : null;
}

function isErrorBody(body: unknown): body is components['schemas']['Error'] {
  if (typeof body !== 'object' || body === null || !('error' in body)) return false;
  const { error } = body;
  return typeof error === 'object' && error !== null && 'code' in error && 'message' in error;
}

function millisecondsIn(header: string | null): number | null {
  return header !== null && /^\d+$/.test(header) ? Number(header) * 1_000 : null;
}
