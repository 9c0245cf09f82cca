import * as v from 'valibot';
import { NewApiKeySchema } from '../../domain/api-key.ts';
import { GatewayError, unwrap } from '../../domain/errors.ts';
import { UlidSchema } from '../../domain/id-schemas.ts';
import type { Capability, Principal } from '../../domain/principal.ts';
import { organizationAccess } from '../auth/route-access.ts';
import { nothing } from '../request/input.ts';
import { PageQuerySchema, pageOf, toPage } from '../request/pagination.ts';
import { invalid } from '../response/errors.ts';
import { ApiKeySchema, presentApiKey } from '../response/present-api-key.ts';
import { route } from '../routing/route.ts';
import { anApiKey } from './examples.ts';

export const createApiKey = route({
  id: 'createApiKey',
  method: 'POST',
  path: '/api/v1/api-keys',
  summary: 'Create an api key; the key itself is returned only once',
  access: organizationAccess('manage'),
  reads: { ...nothing, body: NewApiKeySchema },
  status: 201,
  returns: v.strictObject({ ...ApiKeySchema.entries, key: v.string() }),
  refuses: ['conflict'],
  examples: {
    body: { key: { name: 'shop', capabilities: ['send'], expiresAt: 1_830_297_600_000 } },
    answer: { key: { ...anApiKey, key: 'wa_…' } },
  },
  handler: async ({ principal, body, requestId }, { apiKeys, audit, now }) => {
    requireOwnCapabilities(principal, body.capabilities);
    requireOwnExpiry(principal, body.expiresAt);
    if (body.expiresAt !== null && body.expiresAt <= now())
      throw invalid('expiresAt', ['expiresAt must be in the future']);
    const { organization, kind, subject } = principal;
    const { record, token } = unwrap(await apiKeys.create({ ...body, organization, createdBy: { kind, id: subject } }));
    const { id: apiKey, capabilities } = record;
    audit.record({ audit: 'api_key.created', by: principal, apiKey, capabilities }, requestId);
    return { ...presentApiKey({ record, lastUsedAt: null }), key: token };
  },
});

export const listApiKeys = route({
  id: 'listApiKeys',
  method: 'GET',
  path: '/api/v1/api-keys',
  summary: "List the organization's api keys, oldest first, without the keys themselves",
  access: organizationAccess('manage'),
  reads: { ...nothing, query: PageQuerySchema },
  status: 200,
  returns: pageOf(ApiKeySchema),
  examples: { answer: { page: { data: [anApiKey], nextCursor: null } } },
  handler: async ({ principal, query: { limit, cursor } }, { apiKeys }) => {
    const page = { limit: limit + 1, ...(cursor !== undefined && { after: cursor }) };
    return toPage((await apiKeys.list(principal.organization, page)).map(presentApiKey), limit);
  },
});

export const revokeApiKey = route({
  id: 'revokeApiKey',
  method: 'DELETE',
  path: '/api/v1/api-keys/{id}',
  summary: 'Revoke an api key with immediate effect',
  access: organizationAccess('manage'),
  reads: { ...nothing, params: v.strictObject({ id: v.string() }) },
  status: 204,
  returns: v.undefined(),
  refuses: ['not_found'],
  handler: async ({ principal, params: { id }, requestId }, { apiKeys, audit }) => {
    const revoked = v.is(UlidSchema, id) ? await apiKeys.revoke(principal.organization, id) : null;
    if (revoked === null) throw new GatewayError({ code: 'not_found', message: 'api key not found' });
    if (revoked === 'now') audit.record({ audit: 'api_key.revoked', by: principal, apiKey: id }, requestId);
    return undefined;
  },
});

/** A principal can only grant its own capabilities: a key with only `manage` must not create one with `send`. */
function requireOwnCapabilities({ capabilities }: Principal, requested: readonly Capability[]): void {
  const missing = requested.filter((capability) => !capabilities.includes(capability));
  if (missing.length === 0) return;
  const message = `you can only grant capabilities that you have; you lack ${missing.join(' and ')}`;
  throw new GatewayError({ code: 'forbidden', message, details: { missing } });
}

/** A key that expires must not create one that outlives it. A person's keys may outlive the login token. */
function requireOwnExpiry({ kind, expiresAt: own }: Principal, requested: number | null): void {
  if (kind !== 'api_key' || own === null || (requested !== null && requested <= own)) return;
  const message = 'a key with an expiry can only create keys that expire no later than itself; set expiresAt';
  throw new GatewayError({ code: 'forbidden', message, details: { latestExpiresAt: own } });
}
