import { pino } from 'pino';
import type { LoginSettings } from '../../../../src/domain/login.ts';
import { createJwtVerifier, type JwtVerifier } from '../../../../src/http/auth/jwt/jwt-verifier.ts';
import type { Issuer } from '../../../support/gateway/issuer.ts';

/** The login tokens of an issuer, with the settings that a gateway has unless told otherwise. */
export function loginsOf(issuer: Issuer, settings: Partial<LoginSettings> = {}): JwtVerifier {
  const whole = { jwksUrl: issuer.url, orgClaim: 'org', roleClaim: 'role', ...settings };
  return createJwtVerifier(whole, { logger: pino({ level: 'silent' }), now: Date.now });
}
