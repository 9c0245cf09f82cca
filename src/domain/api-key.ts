import * as v from 'valibot';
import { boundedArray } from './bounded-array.ts';
import { OrganizationSchema, UlidSchema } from './id-schemas.ts';
import type { Known } from './known.ts';
import { CapabilitySchema, capabilities } from './principal.ts';

/** What the creator of a key chooses. */
export const NewApiKeySchema = v.strictObject({
  name: v.pipe(
    v.string(),
    v.trim(),
    v.minLength(1, 'must not be empty'),
    v.maxLength(100, 'must be at most 100 characters'),
    // It is printed on terminals.
    v.regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u, 'must not have control characters'),
  ),
  capabilities: v.pipe(
    boundedArray(capabilities.length, CapabilitySchema),
    v.minLength(1, 'must name at least one capability'),
    v.check((list) => new Set(list).size === list.length, 'must name each capability once'),
    v.readonly(),
  ),
  /** When the key expires, in whole epoch milliseconds; null for never. */
  expiresAt: v.optional(v.nullable(v.pipe(v.number(), v.safeInteger('must be whole epoch milliseconds'))), null),
});

/** Who created a key: another key, a person who logged in (`id` as their issuer names them), or the `keys` command. */
export const CreatorSchema = v.strictObject({
  kind: v.picklist(['api_key', 'login', 'command']),
  id: v.nullable(v.string()),
});

export type Creator = v.InferOutput<typeof CreatorSchema>;

export const cliCreator: Creator = { kind: 'command', id: null };

export type NewApiKey = v.InferOutput<typeof NewApiKeySchema>;

/** An api key as stored. The secret itself is never stored, only its HMAC under the pepper (base64url). */
export const ApiKeyRecordSchema = v.looseObject({
  id: UlidSchema,
  organization: OrganizationSchema,
  ...NewApiKeySchema.entries,
  createdBy: v.looseObject(CreatorSchema.entries),
  secretMac: v.string(),
  createdAt: v.number(),
  revokedAt: v.nullable(v.number()),
});

export type ApiKeyRecord = Known<v.InferOutput<typeof ApiKeyRecordSchema>>;
