import * as v from 'valibot';
import { OrganizationSchema, UlidSchema } from './ids.ts';

/** What a credential may do. The three are independent: `manage` does not imply `send`. */
export const capabilities = ['read', 'send', 'manage'] as const;

export type Capability = (typeof capabilities)[number];

export const CapabilitySchema = v.picklist(capabilities);

/** Who is calling: an organization, by a credential that carries a fixed set of capabilities. */
export interface Principal {
  organization: string;
  /** The api key's id. */
  subject: string;
  capabilities: readonly Capability[];
}

/** An api key as stored. The secret itself is never stored, only its SHA-256 (base64url). */
export const ApiKeyRecordSchema = v.strictObject({
  id: UlidSchema,
  organization: OrganizationSchema,
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(100)),
  capabilities: v.pipe(v.array(CapabilitySchema), v.minLength(1)),
  secretHash: v.string(),
  createdAt: v.number(),
  revokedAt: v.nullable(v.number()),
});

export type ApiKeyRecord = v.InferOutput<typeof ApiKeyRecordSchema>;
