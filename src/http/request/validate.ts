import * as v from 'valibot';
import { invalid } from '../response/errors.ts';

/** The name of an unknown property is the caller's and can be as long as the body. */
const maxFieldLength = 100;

/** Parameters that a request must not have. */
export const noParameters = v.strictObject({});

/** For a route that takes no body; one that is sent all the same is not looked at. */
export const noBody = v.undefined();

/** A query parameter that says yes or no. */
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

/** The value as the schema gives it out; throws a `validation_error` that names what is wrong. */
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

/** What is wrong, where the schema has no words of its own. The value itself is never repeated. */
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
