import { GatewayError } from '../../domain/errors.ts';

interface UnavailableOptions {
  reason?: 'store_unavailable' | 'storage_full';
  cause?: unknown;
}

/** The error of an engine that cannot be asked, or that is closed. */
export function unavailable(
  message: string,
  { reason = 'store_unavailable', cause }: UnavailableOptions = {},
): GatewayError {
  return new GatewayError({ code: 'unavailable', message, details: { reason }, retryAfterMs: 1_000 }, { cause });
}
