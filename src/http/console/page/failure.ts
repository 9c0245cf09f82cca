import * as v from 'valibot';
import { ErrorEnvelopeSchema } from '../../response/errors.ts';

/** Why a request had no success. `status` is 0 when nothing was answered; `retryAfterMs` is null without advice. */
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

/** What an answer that is no success says of itself; a proxy's answer says nothing that can be read. */
export function failureOf(response: Response, json: unknown): Failure {
  const { status } = response;
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  const retryAfterMs = Number.isFinite(retryAfter) ? retryAfter * 1_000 : null;
  const parsed = v.safeParse(ErrorEnvelopeSchema, json);
  if (parsed.success) return { status, ...parsed.output.error, retryAfterMs };
  return {
    status,
    code: 'unreadable',
    message: `An answer ${status} that is not the gateway's.`,
    details: {},
    retryAfterMs,
  };
}

/** What to do about it, in a sentence; null when the message says all. */
export function adviceFor({ status, code, details, retryAfterMs }: Failure): string | null {
  const again = retryAfterMs === null ? '' : ` Try again in ${Math.ceil(retryAfterMs / 1_000)} s.`;
  switch (status) {
    case 401:
      return 'Sign in again: the credential does not hold any more.';
    case 403:
      return `Your credential lacks a capability${namedIn(details)}. Sign in with one that has it.`;
    case 429:
      return code === 'rate_limited' ? `The session has used up its rate limit.${again}` : `Too much at once.${again}`;
    case 501:
      return details['reason'] === 'session_not_connected' ? 'The session has to be connected for this.' : null;
    case 503:
      return `Nothing was lost: it cannot be done at the moment.${again}`;
    case 504:
      return 'The outcome is unknown. The outbox shows what becomes of it; do not send it again before.';
    default:
      return null;
  }
}

function namedIn(details: Failure['details']): string {
  const { anyOf } = details;
  return Array.isArray(anyOf) ? `: ${anyOf.join(' or ')}` : '';
}
