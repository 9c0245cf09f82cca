import {
  type JsonSchema,
  type OverrideActionContext,
  type OverrideSchemaContext,
  toJsonSchema,
} from '@valibot/to-json-schema';
import type * as v from 'valibot';

/** Validations that JSON Schema cannot express; the document omits them, and a violation is still a `validation_error`. */
const inexpressible = new Set(['check', 'custom', 'finite', 'readonly', 'transform', 'trim']);

/**
 * A schema as JSON Schema 2020-12, which is that of OpenAPI 3.1; the `named` ones become references to
 * `#/components/schemas`. Throws for validations that JSON Schema cannot express, unless they may be omitted.
 */
export function jsonSchemaOf(schema: v.GenericSchema, named: Readonly<Record<string, v.GenericSchema>>): JsonSchema {
  return plain(toJsonSchema(schema, { ...config, definitions: { ...named } }));
}

/** The named schemas themselves, by their names. */
export function jsonSchemasOf(named: Readonly<Record<string, v.GenericSchema>>): Record<string, JsonSchema> {
  const entries = Object.entries(named).map(([name, schema]): [string, JsonSchema] => {
    const { [name]: _, ...others } = named;
    return [name, jsonSchemaOf(schema, others)];
  });
  return Object.fromEntries(entries);
}

/**
 * `ignore` converts all steps of a pipe: a list whose length is checked before its items gets both rules, and a
 * parameter that is transformed to a number becomes one. The overrides throw for what cannot be converted.
 */
const config = {
  target: 'draft-2020-12',
  typeMode: 'ignore',
  errorMode: 'ignore',
  overrideSchema: convertSchema,
  overrideAction: convertAction,
  overrideRef: ({ referenceId }: { referenceId: string }) => `#/components/schemas/${referenceId}`,
} as const;

function plain({ $schema: _, $defs: __, ...schema }: JsonSchema): JsonSchema {
  return schema;
}

function convertSchema({ valibotSchema, jsonSchema, errors }: OverrideSchemaContext): JsonSchema | null {
  const { type } = valibotSchema;
  if (inexpressible.has(type)) return jsonSchema;
  if (errors !== undefined) throw new Error(errors.join(' '));
  // The rules of the text that it is parsed from do not apply to the result.
  if (type === 'number' || type === 'boolean') return { type };
  return type === 'optional' ? convertDefault(jsonSchema) : null;
}

/** Defaults are written as in a request, so they need converting; an empty one means that there is none. */
function convertDefault({ default: given, ...schema }: JsonSchema): JsonSchema {
  if (given === undefined || given === '') return schema;
  if (schema.type === 'integer') return { ...schema, default: Number(given) };
  if (schema.type === 'boolean') return { ...schema, default: String(given) === 'true' };
  return { ...schema, default: given };
}

function convertAction({ valibotAction, jsonSchema, errors }: OverrideActionContext): JsonSchema | null {
  if (errors === undefined) return null;
  if (inexpressible.has(valibotAction.type)) return jsonSchema;
  if ('requirement' in valibotAction && valibotAction.requirement instanceof RegExp) {
    const { source, flags } = valibotAction.requirement;
    // JSON Schema patterns imply the flag `u` and cannot be case-insensitive.
    if (flags === 'u') return { ...jsonSchema, pattern: source };
    if (flags === 'i') return withoutPattern(jsonSchema);
  }
  // The length of a list parameter, which may also be a single string.
  if (valibotAction.type === 'max_length' && jsonSchema.anyOf !== undefined) return withoutLength(jsonSchema);
  throw new Error(errors.join(' '));
}

function withoutPattern({ pattern: _, ...schema }: JsonSchema): JsonSchema {
  return schema;
}

function withoutLength({ maxLength: _, ...schema }: JsonSchema): JsonSchema {
  return schema;
}
