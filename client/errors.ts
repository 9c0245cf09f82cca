import type { components } from './schema.ts';

type ErrorBody = components['schemas']['Error']['error'];

export type ErrorCode = ErrorBody['code'];

/** An answer that is not a success. Codes never change their meaning; `message` is for people. */
export class TroupeError extends Error {
  readonly status: number;
  /** Null when the answer is none of the gateway: a proxy has made it. */
  readonly code: ErrorCode | null;
  readonly details: NonNullable<ErrorBody['details']>;
  /** In how many milliseconds trying again makes sense; null where it makes none. */
  readonly retryAfterMs: number | null;
  /** What the gateway's log has it under. */
  readonly requestId: string | null;

  constructor({ status, headers }: Response, body: unknown) {
    const error = errorIn(body);
    super(error?.message ?? `the gateway answered with the status ${status}`);
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
