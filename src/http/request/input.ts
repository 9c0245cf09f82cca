import type { IncomingMessage } from 'node:http';
import * as v from 'valibot';
import type { RouteContext } from '../context.ts';
import { readJson } from './body.ts';
import { noBody, noParameters, validate } from './validate.ts';

export type Schema = v.GenericSchema;

/** A schema whose entries are header names, spelled as in the documentation. */
export type HeaderSchema = v.ObjectSchema<v.ObjectEntries, undefined>;

/** The input of a route, besides the session in its path. */
export interface Reads<P extends Schema, Q extends Schema, H extends HeaderSchema, B extends Schema> {
  /** Path parameters other than `{session}`. */
  params: P;
  query: Q;
  headers: H;
  /** The JSON body. An absent one is read as `{}`. */
  body: B;
}

export interface Input<P extends Schema, Q extends Schema, H extends HeaderSchema, B extends Schema> {
  params: v.InferOutput<P>;
  query: v.InferOutput<Q>;
  headers: v.InferOutput<H>;
  body: v.InferOutput<B>;
}

/** For a route without input; spread it and replace what the route reads. */
export const nothing = { params: noParameters, query: noParameters, headers: v.object({}), body: noBody };

/** Reads and validates a route's input; throws a `validation_error`. */
export async function readInput<P extends Schema, Q extends Schema, H extends HeaderSchema, B extends Schema>(
  ctx: Pick<RouteContext, 'req' | 'params' | 'querystring'>,
  reads: Reads<P, Q, H, B>,
  readBody: (request: IncomingMessage) => Promise<object> = readJson,
): Promise<Input<P, Q, H, B>> {
  const body = reads.body.type === noBody.type ? undefined : await readBody(ctx.req);
  const { session: _, ...params } = ctx.params;
  return {
    params: validate(reads.params, params, 'path'),
    query: validate(reads.query, queryOf(ctx.querystring), 'query'),
    headers: validate(reads.headers, headersOf(ctx.req, Object.keys(reads.headers.entries)), 'headers'),
    body: validate(reads.body, body, 'body'),
  };
}

/** A repeated parameter becomes a list, which no schema of a single value accepts. */
function queryOf(querystring: string): object {
  const given = Map.groupBy(new URLSearchParams(querystring), ([name]) => name);
  const entries = [...given].map(([name, pairs]): [string, unknown] => {
    const values = pairs.map(([, value]) => value);
    return [name, values.length === 1 ? values[0] : values];
  });
  return Object.fromEntries(entries);
}

function headersOf({ headers }: IncomingMessage, names: readonly string[]): object {
  return Object.fromEntries(names.map((name) => [name, headers[name.toLowerCase()]]));
}
