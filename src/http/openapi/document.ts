import type { ErrorCode } from '../../domain/errors.ts';
import type { Route } from '../routing/route.ts';
import { headers, namedSchemas, securitySchemes } from './components.ts';
import type { Document, Operation, Response } from './document-types.ts';
import { errorCodesOf } from './error-docs.ts';
import { errorResponse, errorResponseName } from './error-responses.ts';
import { jsonSchemasOf } from './json-schema.ts';
import { operationOf } from './operation.ts';
import { tagOf } from './tags.ts';

const description = `Send WhatsApp messages over HTTP and receive the events of the linked numbers.

Every credential belongs to one organization and has some of the capabilities \`read\`, \`send\` and \`manage\`, which are independent of each other. Resources of another organization are indistinguishable from those that do not exist: 404.

Times are epoch milliseconds, ids are opaque strings. Lists are paginated: \`nextCursor\` is the \`cursor\` of the next page, and null on the last.

Every error response has the body \`{"error": {"code", "message", "details"}}\`. Codes never change their meaning; messages are for people and may be reworded. \`Retry-After\` says when to retry. A request that is not valid HTTP belongs to no operation: it is answered 400, 408 or 431 with the code \`validation_error\`. A path or method that is not listed here is answered 404 with \`not_found\`.

A body is at most 64 KiB, or 1 MiB for a message, and may be compressed with gzip, deflate or br. Unknown properties are refused. Every GET also accepts HEAD.

A request may carry its trace in the header \`traceparent\` (W3C Trace Context); otherwise a new trace begins. A send keeps the trace of the request that created it: \`X-Trace-Id\` in the response, \`traceId\` in its events and in the outbox.`;

/** The OpenAPI document of some routes. Throws for a schema that JSON Schema cannot express. */
export function documentOf(routes: readonly Route[]): Document {
  return {
    openapi: '3.1.1',
    info: { title: 'Troupe', version: 'v1', description, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: '/', description: 'The gateway that serves this document.' }],
    tags: [...new Map(routes.map(({ path }) => [tagOf(path).name, tagOf(path)])).values()],
    paths: pathsOf(routes),
    components: { schemas: jsonSchemasOf(namedSchemas), responses: errorResponsesIn(routes), headers, securitySchemes },
  };
}

function pathsOf(routes: readonly Route[]): Document['paths'] {
  const byPath = Map.groupBy(routes, ({ path }) => path);
  return Object.fromEntries([...byPath].map(([path, declared]) => [path, operationsOf(declared)]));
}

function operationsOf(routes: readonly Route[]): Record<string, Operation> {
  return Object.fromEntries(routes.map((route) => [route.method.toLowerCase(), operationOf(route)]));
}

/** The error responses of all routes, each once. */
function errorResponsesIn(routes: readonly Route[]): Record<string, Response> {
  const all = routes.flatMap((route) => [...errorCodesOf(route).values()]);
  return Object.fromEntries(all.map((codes: ErrorCode[]) => [errorResponseName(codes), errorResponse(codes)]));
}
