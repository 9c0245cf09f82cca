import type { Context } from 'koa';
import * as v from 'valibot';
import { SimulatorError } from '../errors.ts';

/** The request's JSON body. Throws a `validation_error` whose `details.field` is the first invalid field. */
export function readBody<S extends v.GenericSchema>(context: Context, schema: S): v.InferOutput<S> {
  if (context.is('json') === false) {
    throw new SimulatorError('validation_error', 'the content-type must be application/json');
  }
  return parse(schema, context.request.body ?? {});
}

/** The query parameters of the request, all strings. Throws like `readBody`. */
export function readQuery<S extends v.GenericSchema>(context: Context, schema: S): v.InferOutput<S> {
  return parse(schema, { ...context.query });
}

function parse<S extends v.GenericSchema>(schema: S, input: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, input);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const field = v.getDotPath(issue) ?? '';
  throw new SimulatorError('validation_error', `${field || 'the body'} ${describe(issue)}`, { details: { field } });
}

function describe(issue: v.BaseIssue<unknown>): string {
  if (issue.received === 'undefined') return 'is missing';
  return issue.expected === 'never' ? 'is not a known field' : `is invalid: ${issue.message}`;
}
