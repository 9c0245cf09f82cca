import { errors, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify } from 'jose';
import type { Logger } from 'pino';
import type { ScheduleTimer } from '../../../domain/clock.ts';
import type { LoginSettings } from '../../../domain/login.ts';
import type { Principal } from '../../../domain/principal.ts';
import { personOf } from './claims.ts';
import { JwksCache } from './jwks-cache.ts';
import { isStrictJwt } from './strict-jwt.ts';

/** Asymmetric signatures only. */
const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'];

/** The tolerated difference between the issuer's clock and ours, in seconds. */
const clockToleranceSeconds = 5;

/** Verifies login tokens: JWTs (RFC 7519) of an external issuer with claims for the organization and the role. */
export interface JwtVerifier extends Disposable {
  /** The token's principal; null for an invalid token. Throws `unavailable` while there are no keys to verify with. */
  verify(token: string): Promise<Principal | null>;
}

interface JwtVerifierDeps {
  logger: Logger;
  /** Epoch milliseconds. */
  now: () => number;
  delay?: ScheduleTimer;
}

/** The outcome of verifying with one key set: `unproven` if a key that is not in the set may have signed the token. */
type Verdict = { kind: 'valid'; claims: JWTPayload } | { kind: 'invalid' } | { kind: 'unproven' };

export function createJwtVerifier(settings: LoginSettings, { now, ...deps }: JwtVerifierDeps): JwtVerifier {
  const jwks = new JwksCache({ ...deps, now, url: settings.jwksUrl });
  const { issuer, audience } = settings;
  const options = (): JWTVerifyOptions => ({
    algorithms,
    clockTolerance: clockToleranceSeconds,
    requiredClaims: ['exp', 'sub'],
    currentDate: new Date(now()),
    ...(issuer !== undefined && { issuer }),
    ...(audience !== undefined && { audience }),
  });

  const claimsOf = async (token: string): Promise<JWTPayload | null> => {
    const keys = await jwks.current();
    const verdict = await check(token, keys.resolve, options());
    const newer = verdict.kind === 'unproven' ? await jwks.newerThan(keys) : null;
    const last = newer === null ? verdict : await check(token, newer.resolve, options());
    return last.kind === 'valid' ? last.claims : null;
  };

  return {
    verify: async (token) => {
      if (!isStrictJwt(token)) return null;
      const claims = await claimsOf(token);
      const person = claims === null ? null : personOf(claims, settings);
      return person === null ? null : { kind: 'login', ...person };
    },
    [Symbol.dispose]: () => jwks[Symbol.dispose](),
  };
}

async function check(token: string, key: JWTVerifyGetKey, options: JWTVerifyOptions): Promise<Verdict> {
  try {
    return { kind: 'valid', claims: (await jwtVerify(token, key, options)).payload };
  } catch (error) {
    if (error instanceof errors.JWKSMultipleMatchingKeys) return checkEach(token, error, options);
    const mayBeNewer =
      error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed;
    // Newer keys do not help with any other error, an unusable published key included.
    return { kind: mayBeNewer ? 'unproven' : 'invalid' };
  }
}

/** Several keys match a token without a key id. */
async function checkEach(
  token: string,
  candidates: errors.JWKSMultipleMatchingKeys,
  options: JWTVerifyOptions,
): Promise<Verdict> {
  for await (const key of candidates) {
    const verdict = await check(token, async () => key, options);
    if (verdict.kind === 'valid') return verdict;
  }
  return { kind: 'unproven' };
}
