import { GatewayError } from '../../domain/errors.ts';

const reason = 'too_few_replicas';

/** A commit was applied, but too few replicas have it: it can be read, and may still be lost. */
export function unconfirmed(): GatewayError {
  return new GatewayError({
    code: 'unavailable',
    message: 'Too few replicas have confirmed the write; it may be lost.',
    details: { reason },
    retryAfterMs: 1_000,
  });
}

export function isUnconfirmed(error: unknown): boolean {
  return error instanceof GatewayError && error.refusal.details?.['reason'] === reason;
}
