import type { IncomingHttpHeaders } from 'node:http';
import type { Capability, Principal } from '../../domain/access.ts';
import { GatewayError } from '../../domain/errors.ts';
import type { ApiKeys } from '../../store/api-keys.ts';

/** Who is calling. An unknown, a mistyped and a revoked key get the same `unauthorized`. */
export async function authenticate(headers: IncomingHttpHeaders, apiKeys: ApiKeys): Promise<Principal> {
  const token = tokenOf(headers);
  if (token === null) throw unauthorized('send an api key, as Authorization: Bearer wa_… or as x-api-key: wa_…');
  const record = await apiKeys.verify(token);
  if (record === null) throw unauthorized('the api key is not valid');
  return { organization: record.organization, subject: record.id, capabilities: record.capabilities };
}

/** Throws `forbidden` unless the caller has one of the capabilities. */
export function requireCapability(principal: Principal, anyOf: readonly Capability[]): void {
  if (anyOf.some((capability) => principal.capabilities.includes(capability))) return;
  const message = `this needs the capability ${anyOf.join(' or ')}`;
  throw new GatewayError({ code: 'forbidden', message, details: { anyOf } });
}

/** `Authorization` wins: with it, `x-api-key` is not looked at. */
function tokenOf({ authorization, 'x-api-key': apiKey }: IncomingHttpHeaders): string | null {
  if (authorization !== undefined) return /^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? null;
  return typeof apiKey === 'string' && apiKey !== '' ? apiKey : null;
}

function unauthorized(message: string): GatewayError {
  return new GatewayError({ code: 'unauthorized', message });
}
