import type { IncomingHttpHeaders } from 'node:http';

/** How every api key begins, and no login token. */
export const apiKeyPrefix = 'wa_';

/**
 * The credential that a request brings; null when there is none. `Authorization` wins: with it, `x-api-key` is not
 * looked at, which takes api keys only.
 */
export function credentialOf({ authorization, 'x-api-key': apiKey }: IncomingHttpHeaders): string | null {
  if (authorization !== undefined) return /^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? null;
  return typeof apiKey === 'string' && apiKey.startsWith(apiKeyPrefix) ? apiKey : null;
}
