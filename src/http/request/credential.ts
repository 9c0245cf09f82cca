import type { IncomingHttpHeaders } from 'node:http';

/** Every api key begins with it, and no login token does. */
export const apiKeyPrefix = 'wa_';

/**
 * The credential of a request; null when there is none. `Authorization` wins over `x-api-key`, which accepts api keys
 * only.
 */
export function credentialOf({ authorization, 'x-api-key': apiKey }: IncomingHttpHeaders): string | null {
  if (authorization !== undefined) return /^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? null;
  return typeof apiKey === 'string' && apiKey.startsWith(apiKeyPrefix) ? apiKey : null;
}
