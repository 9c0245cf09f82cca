import type { IncomingMessage } from 'node:http';
import * as v from 'valibot';
import type { RouteContext } from '../context.ts';
import { readJson } from './body.ts';
import { noBody, noParameters, validate } from './validate.ts';

export type Schema = v.GenericSchema;

/** A schema whose entries are header names, written as callers are to read them. */
export type HeaderSchema = v.ObjectSchema<v.ObjectEntries, undefined>;

/** What a route takes from the request beyond the session that its path names. */
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

/** For a route that takes nothing; spread it and replace what is taken. */
export const nothing = { params: noParameters, query: noParameters, headers: v.object({}), body: noBody };

/** What the request gives a route; throws a `validation_error` for what it should not give. */
export async function readInput<P extends Schema, Q extends Schema, H extends HeaderSchema, B extends Schema>(
  ctx: RouteContext,
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

/** A parameter that is given twice becomes a list, which no schema of a single value accepts. */
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
