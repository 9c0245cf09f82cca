import * as v from 'valibot';
import { ErrorEnvelopeSchema } from '../../response/errors.ts';

/** Why a request failed. `status` is 0 without a response; `retryAfterMs` is null when the gateway named no delay. */
export interface Failure {
  status: number;
  code: string;
  message: string;
  details: Readonly<Record<string, unknown>>;
  retryAfterMs: number | null;
}

export type Outcome<T> = { ok: true; value: T } | { ok: false; failure: Failure };

export const unreachable: Failure = {
  status: 0,
  code: 'unreachable',
  message: 'The gateway did not answer. Is it running, and can this computer reach it?',
  details: {},
  retryAfterMs: null,
};

/** The failure in an error response; a proxy's response has no readable error. */
export function failureOf(response: Response, json: unknown): Failure {
  const { status } = response;
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  const retryAfterMs = Number.isFinite(retryAfter) ? retryAfter * 1_000 : null;
  const parsed = v.safeParse(ErrorEnvelopeSchema, json);
  if (parsed.success) return { status, ...parsed.output.error, retryAfterMs };
  return {
    status,
    code: 'unreadable',
    message: `The response (${status}) did not come from the gateway, but possibly from a proxy.`,
    details: {},
    retryAfterMs,
  };
}

/** What to do about a failure, in a sentence; null when the message is enough. */
export function adviceFor({ status, code, details, retryAfterMs }: Failure): string | null {
  const retry = retryAfterMs === null ? '' : ` Try again in ${Math.ceil(retryAfterMs / 1_000)} s.`;
  switch (status) {
    case 401:
      return 'Your credential is no longer valid. Sign in again.';
    case 403:
      return `Your credential lacks a capability${namedIn(details)}. Sign in with one that has it.`;
    case 429:
      return code === 'rate_limited'
        ? `The rate limit of the session is reached.${retry}`
        : `Too many requests.${retry}`;
    case 501:
      return details['reason'] === 'session_not_connected' ? 'The session must be connected for this.' : null;
    case 503:
      return `The gateway is temporarily unavailable.${retry}`;
    case 504:
      return 'The outcome is unknown. Check the outbox before you send the message again.';
    default:
      return null;
  }
}

function namedIn(details: Failure['details']): string {
  const { anyOf } = details;
  return Array.isArray(anyOf) ? `: ${anyOf.join(' or ')}` : '';
}
