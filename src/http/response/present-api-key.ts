import * as v from 'valibot';
import { CreatorSchema } from '../../domain/api-key.ts';
import { CapabilitySchema } from '../../domain/principal.ts';
import type { ApiKeyView } from '../../store/records/api-keys/api-keys.ts';

const time = v.pipe(v.nullable(v.number()), v.description('Epoch milliseconds'));

/** An api key in the API, without the key itself. Times are epoch milliseconds; `lastUsedAt` is exact to the minute. */
export const ApiKeySchema = v.strictObject({
  id: v.string(),
  name: v.string(),
  capabilities: v.array(CapabilitySchema),
  createdBy: CreatorSchema,
  createdAt: v.pipe(v.number(), v.description('Epoch milliseconds')),
  expiresAt: time,
  lastUsedAt: time,
  revokedAt: time,
});

export function presentApiKey({ record, lastUsedAt }: ApiKeyView): v.InferOutput<typeof ApiKeySchema> {
  const { id, name, capabilities, createdAt, expiresAt, revokedAt } = record;
  const createdBy = { kind: record.createdBy.kind, id: record.createdBy.id };
  return { id, name, capabilities: [...capabilities], createdBy, createdAt, expiresAt, lastUsedAt, revokedAt };
}
