import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import { SendBodySchema } from '../../domain/message.ts';

/** The hash under which an idempotency key is stored, as a key may contain anything. */
export function keyHash(idempotencyKey: string): string {
  return createHash('sha256').update(idempotencyKey).digest('base64url');
}

/** Fields that are hashed even with their default, as stored fingerprints include them. */
const alwaysHashed: ReadonlySet<string> = new Set(['mentions', 'selectableCount']);

/** The schemas of the bodies that a fingerprint is taken of, each with its `type`. */
interface BodySchemas {
  options: readonly { entries: v.ObjectEntries }[];
}

/**
 * Equal for requests with the same session and validated body, whatever the order of fields. It is
 * stored for days and compared by nodes of several releases, so it must not change for the same request when a release
 * adds a field: one that has its default counts as left out.
 */
export function fingerprintOf(session: string, body: object, schemas: BodySchemas = SendBodySchema): string {
  const hashed = withoutDefaults(body, schemas);
  return createHash('sha256').update(session).update('\n').update(canonical(hashed)).digest('base64url');
}

function withoutDefaults(body: object, { options }: BodySchemas): object {
  const { type } = { type: undefined, ...body };
  const entries = options.find((option) => isLiteral(option.entries['type'], type))?.entries ?? {};
  const isDefault = ([name, value]: [string, unknown]): boolean => {
    const schema = entries[name];
    if (alwaysHashed.has(name) || schema === undefined) return false;
    return value !== undefined && isDeepStrictEqual(value, v.getDefault(schema));
  };
  return Object.fromEntries(Object.entries(body).filter((field) => !isDefault(field)));
}

function isLiteral(schema: v.ObjectEntries[string] | undefined, value: unknown): boolean {
  return schema !== undefined && 'literal' in schema && schema.literal === value;
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  const sorted = fields.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`).join(',')}}`;
}
