import type { IncomingHttpHeaders } from 'node:http';
import { GatewayError } from '../../domain/errors.ts';
import type { Capability, Principal } from '../../domain/principal.ts';
import { credentialOf } from '../request/credential.ts';
import type { Authenticator } from './authenticator.ts';

/** The principal of a request. A missing and any invalid credential get the same `unauthorized`. */
export async function authenticate(headers: IncomingHttpHeaders, authenticator: Authenticator): Promise<Principal> {
  const token = credentialOf(headers);
  const principal = token === null ? null : await authenticator.authenticate(token);
  if (principal === null) throw new GatewayError(unauthorized);
  return principal;
}

/** Throws `forbidden` unless the principal has one of the capabilities. */
export function requireCapability(principal: Pick<Principal, 'capabilities'>, anyOf: readonly Capability[]): void {
  if (anyOf.some((capability) => principal.capabilities.includes(capability))) return;
  const message = `this request requires the capability ${anyOf.join(' or ')}`;
  throw new GatewayError({ code: 'forbidden', message, details: { anyOf } });
}

const unauthorized = {
  code: 'unauthorized',
  message:
    'the credential is missing or invalid: send an api key or a login token as Authorization: Bearer …, or an api key as x-api-key: wa_…',
} as const;
