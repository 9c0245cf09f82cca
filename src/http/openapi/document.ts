import type { ErrorCode } from '../../domain/errors.ts';
import type { Route } from '../routing/route.ts';
import { headers, namedSchemas, securitySchemes } from './components.ts';
import type { Document, Operation, Response } from './document-types.ts';
import { errorDocsOf } from './error-docs.ts';
import { refusalName, refusalResponse } from './error-responses.ts';
import { jsonSchemasOf } from './json-schema.ts';
import { operationOf } from './operation.ts';
import { tagOf } from './tags.ts';

const description = `Sends WhatsApp messages over HTTP, and tells what happens on the linked numbers.

Whoever calls belongs to one organization and has some of the capabilities \`read\`, \`send\` and \`manage\`, which do not include each other. What belongs to another organization is the same as what does not exist: 404.

Times are epoch milliseconds, ids are texts without a meaning. Lists come in pages: \`nextCursor\` is the \`cursor\` of the next one, and null on the last.

Whatever is not a success has the body \`{"error": {"code", "message", "details"}}\`. Codes never change their meaning; messages are for people. \`Retry-After\` says when trying again makes sense. A request that cannot be read as HTTP has no operation: it is answered 400, 408 or 431, with the code \`validation_error\`. A path or a method that is not listed here is answered 404, with \`not_found\`.

A body is at most 64 KiB, or 1 MiB for a message, and may be packed with gzip, deflate or br. Properties that are not listed are refused. Every GET can be asked as a HEAD.

A request may name its trace in the header \`traceparent\` (W3C Trace Context); one without begins a new one. A send keeps the trace of the request that it was accepted from: \`X-Trace-Id\` in the answer, \`traceId\` in its events and in the outbox.`;

/** The OpenAPI document of some routes. Throws for a schema that cannot be told. */
export function documentOf(routes: readonly Route[]): Document {
  return {
    openapi: '3.1.1',
    info: { title: 'Troupe', version: 'v1', description, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: '/', description: 'the gateway that this comes from' }],
    tags: [...new Map(routes.map(({ path }) => [tagOf(path).name, tagOf(path)])).values()],
    paths: pathsOf(routes),
    components: { schemas: jsonSchemasOf(namedSchemas), responses: refusedBy(routes), headers, securitySchemes },
  };
}

function pathsOf(routes: readonly Route[]): Document['paths'] {
  const byPath = Map.groupBy(routes, ({ path }) => path);
  return Object.fromEntries([...byPath].map(([path, declared]) => [path, operationsOf(declared)]));
}

function operationsOf(routes: readonly Route[]): Record<string, Operation> {
  return Object.fromEntries(routes.map((route) => [route.method.toLowerCase(), operationOf(route)]));
}

/** Every refusal that some route has, once. */
function refusedBy(routes: readonly Route[]): Record<string, Response> {
  const all = routes.flatMap((route) => [...errorDocsOf(route).values()]);
  return Object.fromEntries(all.map((codes: ErrorCode[]) => [refusalName(codes), refusalResponse(codes)]));
}
