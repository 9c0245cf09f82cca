import type { JsonSchema } from '@valibot/to-json-schema';
import type { ErrorCode } from '../../domain/errors.ts';
import type { Route } from '../routing/route.ts';
import type { Reference, Response } from './document-types.ts';
import { errorDocs, errorDocsOf } from './error-docs.ts';

/** The refusals of a route by status: references to what `refusalResponse` makes, where that says it all. */
export function refusedOf(route: Route): [string, Response | Reference][] {
  return [...errorDocsOf(route)].map(([status, codes]) => [
    String(status),
    isKeyed(route) && codes.some((code) => ofAnEarlierRequest.has(code))
      ? refusalResponse(codes, ['Idempotency-Mismatch'])
      : { $ref: `#/components/responses/${refusalName(codes)}` },
  ]);
}

/** Codes that an idempotency key may have got for the request that used it first. */
const ofAnEarlierRequest: ReadonlySet<ErrorCode> = new Set(['conflict', 'upstream_error', 'timeout']);

/** The name of the response that can have one of these codes, which share a status. */
export function refusalName(codes: readonly ErrorCode[]): string {
  return codes.join('.');
}

/** An answer that carries one of these codes. */
export function refusalResponse(codes: readonly ErrorCode[], more: readonly string[] = []): Response {
  const examples = codes.map((code) => [code, { value: { error: { code, ...errorDocs[code].example } } }]);
  const only: JsonSchema = { properties: { error: { properties: { code: { enum: [...codes] } } } } };
  const schema: JsonSchema = { allOf: [{ $ref: '#/components/schemas/Error' }, only] };
  return {
    description: codes.map((code) => `\`${code}\`: ${errorDocs[code].means}.`).join('\n\n'),
    headers: headersNamed([...codes.flatMap((code) => errorDocs[code].headers), ...more]),
    content: { 'application/json': { schema, examples: Object.fromEntries(examples) } },
  };
}

/** References to headers, with those that every answer has. */
export function headersNamed(names: readonly string[]): Record<string, Reference> {
  const all = new Set(['X-Request-Id', 'X-Trace-Id', ...names]);
  return Object.fromEntries([...all].map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

/** Whether requests may bring an idempotency key. */
export function isKeyed({ reads }: Route): boolean {
  return 'Idempotency-Key' in reads.headers.entries;
}
