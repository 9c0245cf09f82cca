import type { JsonSchema } from '../openapi/document-types.ts';
import { type Html, html, inline } from './html.ts';

type Definition = JsonSchema | boolean;

/** A schema as a nested list of its properties; named schemas are linked. */
export function schemaView(schema: JsonSchema): Html {
  return html`<div class="schema"><span class="type">${typeOf(schema)}</span>${notesOf(schema)}${insideOf(schema)}</div>`;
}

function insideOf(schema: JsonSchema): Html[] {
  const { properties = {}, required = [], items, oneOf = [], anyOf = [] } = schema;
  const rows = Object.entries(properties).map(([name, property]) => row(name, property, required.includes(name)));
  const choices = [...oneOf, ...anyOf].filter(
    (choice) => typeof choice === 'object' && choice.properties !== undefined,
  );
  return [
    ...(rows.length > 0 ? [html`<ul>${rows}</ul>`] : []),
    ...(isSchema(items) ? insideOf(items) : []),
    ...choices.map((choice) => html`<div class="choice">${isSchema(choice) ? schemaView(choice) : ''}</div>`),
  ];
}

function row(name: string, property: Definition, isRequired: boolean): Html {
  const schema = isSchema(property) ? property : {};
  const mark = isRequired ? html` <span class="required">required</span>` : '';
  return html`<li><code>${name}</code> <span class="type">${typeOf(schema)}</span>${mark}${notesOf(schema)}${insideOf(schema)}</li>`;
}

/** The type in a few words, with links to named schemas. */
function typeOf(schema: Definition | undefined): Html {
  if (!isSchema(schema)) return html`anything`;
  const { $ref, const: only, enum: values, items, type } = schema;
  if ($ref !== undefined) return link($ref);
  if (only !== undefined) return html`<code>${JSON.stringify(only)}</code>`;
  if (values !== undefined) return html`${joined(values.map((value) => html`<code>${JSON.stringify(value)}</code>`))}`;
  // The second one only narrows the first.
  if (schema.allOf !== undefined) return typeOf(schema.allOf[0]);
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices !== undefined) return html`${joined(choices.map(typeOf))}`;
  if (type === 'array') return html`list of ${typeOf(Array.isArray(items) ? undefined : items)}`;
  return html`${type === undefined ? 'anything' : String(type)}`;
}

function joined(parts: readonly Html[]): Html[] {
  return parts.flatMap((part, index) => (index === 0 ? [part] : [html` or `, part]));
}

function link($ref: string): Html {
  const name = $ref.slice($ref.lastIndexOf('/') + 1);
  return html`<a href="#schema-${name}">${name}</a>`;
}

/** Labels of the constraints, by JSON Schema keyword. */
const rules = {
  minLength: 'min. characters',
  maxLength: 'max. characters',
  minItems: 'min. items',
  maxItems: 'max. items',
  minimum: 'min.',
  maximum: 'max.',
  pattern: 'pattern',
  default: 'default',
} as const satisfies Partial<Record<keyof JsonSchema, string>>;

function notesOf(schema: JsonSchema): Html[] {
  // A nullable value has its constraints in the other choice.
  const inner = schema.anyOf?.find((choice) => isSchema(choice) && choice.type !== 'null');
  const all = { ...(isSchema(inner) && inner.properties === undefined ? inner : {}), ...schema };
  const { description } = all;
  const kept = Object.entries(rules).flatMap(([rule, words]) => {
    const [, value] = Object.entries(all).find(([name]) => name === rule) ?? [];
    return value === undefined ? [] : [html` <span class="rule">${words} <code>${JSON.stringify(value)}</code></span>`];
  });
  return [...(description === undefined ? [] : [html` <span class="note">${inline(description)}</span>`]), ...kept];
}

function isSchema(definition: Definition | Definition[] | undefined): definition is JsonSchema {
  return typeof definition === 'object' && !Array.isArray(definition);
}
