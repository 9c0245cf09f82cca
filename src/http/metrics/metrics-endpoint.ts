import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { GatewayError } from '../../domain/errors.ts';
import { credentialOf } from '../request/credential.ts';

export const metricsPath = '/metrics';

/** The figures of this process as text. */
export interface Exposition {
  readonly contentType: string;
  read(): Promise<string>;
}

/** The page of the figures, for whoever may see it. */
export interface MetricsEndpoint {
  readonly contentType: string;
  /** Throws `unauthorized` for whoever does not bring the token, if there is one. */
  read(headers: IncomingHttpHeaders): Promise<string>;
}

/** @param token what readers have to bring as `Authorization: Bearer …`; null: nothing */
export function metricsEndpoint(exposition: Exposition, token: string | null): MetricsEndpoint {
  const wanted = token === null ? null : digest(token);
  return {
    contentType: exposition.contentType,
    read: async (headers) => {
      const given = credentialOf(headers);
      if (wanted !== null && (given === null || !timingSafeEqual(digest(given), wanted))) {
        throw new GatewayError(unauthorized);
      }
      return exposition.read();
    },
  };
}

/** Two of one length can be compared in the same time, wherever they differ. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

const unauthorized = {
  code: 'unauthorized',
  message: 'the metrics are for whoever has METRICS_TOKEN: send it as Authorization: Bearer …',
} as const;
