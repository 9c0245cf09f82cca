import type { JsonSchema } from '@valibot/to-json-schema';
import type { ErrorCode } from '../../domain/errors.ts';
import type { Route } from '../routing/route.ts';
import type { Reference, Response } from './document-types.ts';
import { errorCodesOf, errorDocs } from './error-docs.ts';

/** The error responses of a route by status: references to shared responses where these are complete. */
export function errorResponsesOf(route: Route): [string, Response | Reference][] {
  return [...errorCodesOf(route)].map(([status, codes]) => [
    String(status),
    acceptsIdempotencyKey(route) && codes.some((code) => replayable.has(code))
      ? errorResponse(codes, ['Idempotency-Mismatch'])
      : { $ref: `#/components/responses/${errorResponseName(codes)}` },
  ]);
}

/** Codes that may be the result of an earlier request with the same idempotency key. */
const replayable: ReadonlySet<ErrorCode> = new Set(['conflict', 'upstream_error', 'timeout']);

/** The name of the shared response for these codes, which have the same status. */
export function errorResponseName(codes: readonly ErrorCode[]): string {
  return codes.join('.');
}

/** A response with one of these codes. */
export function errorResponse(codes: readonly ErrorCode[], more: readonly string[] = []): Response {
  const examples = codes.map((code) => [code, { value: { error: { code, ...errorDocs[code].example } } }]);
  const only: JsonSchema = { properties: { error: { properties: { code: { enum: [...codes] } } } } };
  const schema: JsonSchema = { allOf: [{ $ref: '#/components/schemas/Error' }, only] };
  return {
    description: codes.map((code) => `\`${code}\`: ${errorDocs[code].description}.`).join('\n\n'),
    headers: headersNamed([...codes.flatMap((code) => errorDocs[code].headers), ...more]),
    content: { 'application/json': { schema, examples: Object.fromEntries(examples) } },
  };
}

/** References to headers, including those that every response has. */
export function headersNamed(names: readonly string[]): Record<string, Reference> {
  const all = new Set(['X-Request-Id', 'X-Trace-Id', ...names]);
  return Object.fromEntries([...all].map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

/** Whether the route reads an `Idempotency-Key`. */
export function acceptsIdempotencyKey({ reads }: Route): boolean {
  return 'Idempotency-Key' in reads.headers.entries;
}
