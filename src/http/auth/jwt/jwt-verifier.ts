import { errors, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify } from 'jose';
import type { Logger } from 'pino';
import type { ScheduleTimer } from '../../../domain/clock.ts';
import type { LoginSettings } from '../../../domain/login.ts';
import type { Principal } from '../../../domain/principal.ts';
import { personOf } from './claims.ts';
import { JwksCache } from './jwks-cache.ts';
import { isStrictJwt } from './strict-jwt.ts';

/** Signatures that only the holder of a private key can make. */
const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'];

/** How far the clocks of the issuer and of this machine may differ, in seconds. */
const clockToleranceSeconds = 5;

/** Login tokens of people: JWTs (RFC 7519) that somebody else mints, with the organization and the role in them. */
export interface JwtVerifier extends Disposable {
  /** Who is behind a token; null for any that is not valid. Throws `unavailable` while its keys cannot be had. */
  verify(token: string): Promise<Principal | null>;
}

interface LoginTokensDeps {
  logger: Logger;
  /** Epoch milliseconds. */
  now: () => number;
  delay?: ScheduleTimer;
}

/** What became of a token under one set of keys: `unproven` if another key than these may have signed it. */
type Verdict = { kind: 'valid'; claims: JWTPayload } | { kind: 'invalid' } | { kind: 'unproven' };

export function createJwtVerifier(settings: LoginSettings, { now, ...deps }: LoginTokensDeps): JwtVerifier {
  const keySet = new JwksCache({ ...deps, now, url: settings.jwksUrl });
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
    const keys = await keySet.current();
    const verdict = await check(token, keys.resolve, options());
    const newer = verdict.kind === 'unproven' ? await keySet.newerThan(keys) : null;
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
    [Symbol.dispose]: () => keySet[Symbol.dispose](),
  };
}

async function check(token: string, key: JWTVerifyGetKey, options: JWTVerifyOptions): Promise<Verdict> {
  try {
    return { kind: 'valid', claims: (await jwtVerify(token, key, options)).payload };
  } catch (error) {
    if (error instanceof errors.JWKSMultipleMatchingKeys) return checkEach(token, error, options);
    const mayBeNewer =
      error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed;
    // Whatever else it is, a published key that is of no use included, newer keys do not mend it.
    return { kind: mayBeNewer ? 'unproven' : 'invalid' };
  }
}

/** Several keys fit a token that does not name its own. */
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
