import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { TraceIdSchema } from './id-schemas.ts';

/** Version, trace, parent and flags; a later version may append more. */
const traceparent = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/;

/** The trace that a `traceparent` header names; null for one that the recommendation (section 4.3) says to ignore. */
export function traceIdIn(header: string): string | null {
  const [, version, traceId, more] = traceparent.exec(header) ?? [];
  if (traceId === undefined || (version === '00' && more !== undefined)) return null;
  return traceId;
}

export function newTraceId(): string {
  const id = randomBytes(16).toString('hex');
  return v.is(TraceIdSchema, id) ? id : newTraceId();
}
