import * as v from 'valibot';
import { invalid } from '../response/errors.ts';

/** The name of an unknown property comes from the client and can be as long as the body. */
const maxFieldLength = 100;

/** For a route without parameters. */
export const noParameters = v.strictObject({});

/** For a route without a body; one that is sent anyway is ignored. */
export const noBody = v.undefined();

/** A boolean query parameter. */
export const BooleanParameterSchema = v.pipe(
  v.picklist(['true', 'false'], 'must be true or false'),
  v.transform((text) => text === 'true'),
  v.boolean(),
);

/** A query parameter in epoch milliseconds. */
export const TimeParameterSchema = v.pipe(
  v.string(),
  v.regex(/^\d{1,13}$/, 'must be a time in epoch milliseconds'),
  v.transform(Number),
  v.number(),
  v.integer(),
);

/** The schema's output for the value; throws a `validation_error` that names every invalid field. */
export function validate<const S extends v.GenericSchema>(schema: S, value: unknown, whole: string): v.InferOutput<S> {
  const result = v.safeParse(schema, value, { message: describe });
  if (result.success) return result.output;
  const [first, ...others] = result.issues;
  const sentence = (issue: v.BaseIssue<unknown>) => `${fieldOf(issue, whole)} ${issue.message}`;
  throw invalid(fieldOf(first, whole), [sentence(first), ...others.map(sentence)]);
}

function fieldOf(issue: v.BaseIssue<unknown>, whole: string): string {
  return (v.getDotPath(issue) ?? whole).slice(0, maxFieldLength);
}

/** The message where the schema has none of its own. It never contains the value. */
function describe(issue: v.BaseIssue<unknown>): string {
  if (issue.expected === 'never') return 'is not a known property';
  if (issue.type === 'picklist' || issue.type === 'variant') return `must be one of ${choices(issue.expected)}`;
  if (issue.received === 'undefined') return 'is required';
  if (issue.kind === 'schema') return `must be of type ${issue.expected?.toLowerCase()}`;
  return `must be ${issue.expected}`;
}

/** `("a" | "b") | "c"` gives `a, b, c`. */
function choices(expected: string | null): string {
  return (expected ?? '').replaceAll(/["()]/g, '').replaceAll(' | ', ', ');
}
