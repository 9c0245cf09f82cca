import type { ApiKeyRecord } from '../../domain/api-key.ts';
import type { Credential, Principal } from '../../domain/principal.ts';
import type { ApiKeys } from '../../store/records/api-keys/api-keys.ts';
import { apiKeyPrefix } from '../request/credential.ts';
import type { JwtVerifier } from './jwt/jwt-verifier.ts';

/** Verifies credentials. Throws `unavailable` when they cannot be verified now. */
export interface Authenticator {
  /** The token's principal; null for any invalid token. */
  authenticate(token: string): Promise<Principal | null>;
  /** Whether a credential that was valid before has been neither revoked nor expired. */
  stillHolds(held: Credential & Pick<Principal, 'organization'>): Promise<boolean>;
}

export interface AuthenticatorDeps {
  apiKeys: Pick<ApiKeys, 'verify' | 'isValid'>;
  /** Null when only api keys are accepted. */
  logins: Pick<JwtVerifier, 'verify'> | null;
  /** Epoch milliseconds. */
  now: () => number;
}

export function authenticator({ apiKeys, logins, now }: AuthenticatorDeps): Authenticator {
  return {
    authenticate: async (token) => {
      if (!token.startsWith(apiKeyPrefix)) return logins === null ? null : logins.verify(token);
      const record = await apiKeys.verify(token);
      return record === null ? null : principalOf(record);
    },
    stillHolds: async ({ kind, subject, organization, expiresAt }) => {
      if (kind === 'api_key') return apiKeys.isValid(organization, subject);
      return expiresAt === null || now() < expiresAt;
    },
  };
}

function principalOf({ id, organization, capabilities, expiresAt }: ApiKeyRecord): Principal {
  return { kind: 'api_key', subject: id, organization, capabilities, expiresAt };
}
