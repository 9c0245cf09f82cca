import {
  type JsonSchema,
  type OverrideActionContext,
  type OverrideSchemaContext,
  toJsonSchema,
} from '@valibot/to-json-schema';
import type * as v from 'valibot';

/** Rules that JSON Schema has no words for. What they refuse is answered with `validation_error` all the same. */
const unspoken = new Set(['check', 'custom', 'finite', 'readonly', 'transform', 'trim']);

/**
 * A schema as JSON Schema 2020-12, which is that of OpenAPI 3.1; the `named` ones become references to
 * `#/components/schemas`. Throws for what JSON Schema cannot say, unless it may be left unsaid.
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
 * All steps of a pipe are told together. So a list whose length is looked at before its items has both, and a parameter
 * that becomes a number is told as one. That is what `ignore` stands for; what cannot be told is thrown below.
 */
const config = {
  target: 'draft-2020-12',
  typeMode: 'ignore',
  errorMode: 'ignore',
  overrideSchema: tellSchema,
  overrideAction: tellAction,
  overrideRef: ({ referenceId }: { referenceId: string }) => `#/components/schemas/${referenceId}`,
} as const;

function plain({ $schema: _, $defs: __, ...schema }: JsonSchema): JsonSchema {
  return schema;
}

function tellSchema({ valibotSchema, jsonSchema, errors }: OverrideSchemaContext): JsonSchema | null {
  const { type } = valibotSchema;
  if (unspoken.has(type)) return jsonSchema;
  if (errors !== undefined) throw new Error(errors.join(' '));
  // What it is read from is text, with rules of its own.
  if (type === 'number' || type === 'boolean') return { type };
  return type === 'optional' ? tellDefault(jsonSchema) : null;
}

/** A default is given as it would be in the request, and there may be one that only stands for nothing. */
function tellDefault({ default: given, ...schema }: JsonSchema): JsonSchema {
  if (given === undefined || given === '') return schema;
  if (schema.type === 'integer') return { ...schema, default: Number(given) };
  if (schema.type === 'boolean') return { ...schema, default: String(given) === 'true' };
  return { ...schema, default: given };
}

function tellAction({ valibotAction, jsonSchema, errors }: OverrideActionContext): JsonSchema | null {
  if (errors === undefined) return null;
  if (unspoken.has(valibotAction.type)) return jsonSchema;
  if ('requirement' in valibotAction && valibotAction.requirement instanceof RegExp) {
    const { source, flags } = valibotAction.requirement;
    // JSON Schema reads patterns as with `u`; it does not know how to ignore the case.
    if (flags === 'u') return { ...jsonSchema, pattern: source };
    if (flags === 'i') return withoutPattern(jsonSchema);
  }
  // The length of what a list that may be one text becomes.
  if (valibotAction.type === 'max_length' && jsonSchema.anyOf !== undefined) return withoutLength(jsonSchema);
  throw new Error(errors.join(' '));
}

function withoutPattern({ pattern: _, ...schema }: JsonSchema): JsonSchema {
  return schema;
}

function withoutLength({ maxLength: _, ...schema }: JsonSchema): JsonSchema {
  return schema;
}
