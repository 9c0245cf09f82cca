import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { GatewayError } from '../../domain/errors.ts';
import { credentialOf } from '../request/credential.ts';

export const metricsPath = '/metrics';

/** The metrics of this process as text. */
export interface Exposition {
  readonly contentType: string;
  read(): Promise<string>;
}

/** The metrics, for readers with the token. */
export interface MetricsEndpoint {
  readonly contentType: string;
  /** Throws `unauthorized` when a token is required and missing or wrong. */
  read(headers: IncomingHttpHeaders): Promise<string>;
}

/** @param token what readers must send as `Authorization: Bearer …`; null: nothing */
export function metricsEndpoint(exposition: Exposition, token: string | null): MetricsEndpoint {
  const expected = token === null ? null : digest(token);
  return {
    contentType: exposition.contentType,
    read: async (headers) => {
      const given = credentialOf(headers);
      if (expected !== null && (given === null || !timingSafeEqual(digest(given), expected))) {
        throw new GatewayError(unauthorized);
      }
      return exposition.read();
    },
  };
}

/** Digests have equal lengths, which a constant-time comparison needs. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

const unauthorized = {
  code: 'unauthorized',
  message: 'reading the metrics requires METRICS_TOKEN: send it as Authorization: Bearer …',
} as const;
