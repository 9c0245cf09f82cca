import { GatewayError } from '../../domain/errors.ts';

const reason = 'too_few_replicas';

/** A commit was applied, but too few replicas have it for it to count: it can be read, and may be lost all the same. */
export function unconfirmed(): GatewayError {
  return new GatewayError({
    code: 'unavailable',
    message: 'Too few replicas have confirmed what was stored; whether it lasts is not known.',
    details: { reason },
    retryAfterMs: 1_000,
  });
}

export function isUnconfirmed(error: unknown): boolean {
  return error instanceof GatewayError && error.refusal.details?.['reason'] === reason;
}
