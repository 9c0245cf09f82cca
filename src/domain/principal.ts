import * as v from 'valibot';

/** What a credential may do. The three are independent: `manage` does not imply `send`. */
export const capabilities = ['read', 'send', 'manage'] as const;

export type Capability = (typeof capabilities)[number];

export const CapabilitySchema = v.picklist(capabilities);

/** The credential behind a request; kept so that long-lived streams can re-check it. */
export const CredentialSchema = v.strictObject({
  kind: v.picklist(['api_key', 'login']),
  /** The id of the api key, or of the person as the issuer of the login token names them. */
  subject: v.string(),
  /** When it expires, in epoch milliseconds; null for never. */
  expiresAt: v.nullable(v.number()),
});

export type Credential = v.InferOutput<typeof CredentialSchema>;

/** Who is calling: an organization, by a credential that carries a fixed set of capabilities. */
export interface Principal extends Credential {
  organization: string;
  capabilities: readonly Capability[];
}

/** Who asked for something, and in which request. */
export interface Requester {
  by: Principal;
  requestId: string;
}
