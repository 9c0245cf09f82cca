import type { Context } from 'koa';
import * as v from 'valibot';
import { SimulatorError } from '../errors.ts';

/** The request's JSON body. Throws a `validation_error` that names the first field that is wrong, if it is JSON at all. */
export function readBody<S extends v.GenericSchema>(context: Context, schema: S): v.InferOutput<S> {
  if (context.is('json') === false) {
    throw new SimulatorError('validation_error', 'the body must be sent as content-type application/json');
  }
  return parse(schema, context.request.body ?? {});
}

/** The request's query parameters, which are all text. Throws like `readBody`. */
export function readQuery<S extends v.GenericSchema>(context: Context, schema: S): v.InferOutput<S> {
  return parse(schema, { ...context.query });
}

function parse<S extends v.GenericSchema>(schema: S, input: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, input);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const field = v.getDotPath(issue) ?? '';
  throw new SimulatorError('validation_error', `${field || 'the body'} ${complaint(issue)}`, { details: { field } });
}

function complaint(issue: v.BaseIssue<unknown>): string {
  if (issue.received === 'undefined') return 'is missing';
  return issue.expected === 'never' ? 'is not known here' : `is wrong: ${issue.message}`;
}
