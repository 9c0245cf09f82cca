import type { IncomingMessage } from 'node:http';
import cors from '@koa/cors';
import type { Middleware } from 'koa';

/** How long a browser need not ask again whether it may ask, in seconds. */
const maxAge = 600;

const exposeHeaders = [
  'Idempotency-Mismatch',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'X-Request-Id',
  'X-Trace-Id',
];
const allowHeaders = [
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'Last-Event-ID',
  'Traceparent',
  'Tracestate',
  'X-Api-Key',
  'X-Request-Id',
];
const allowMethods = ['GET', 'POST', 'PATCH', 'DELETE'];

/** Lets the pages of these origins call (WHATWG Fetch, 3.3). Credentials are sent by name, never by a cookie. */
export function crossOriginMiddleware(origins: readonly string[]): Middleware {
  const allowed = new Set(origins);
  return cors({
    // An empty one is none.
    origin: ({ headers: { origin = '' } }) => (allowed.has(origin) ? origin : ''),
    ...{ exposeHeaders, allowHeaders, allowMethods, maxAge },
  });
}

/** The headers that let a page of these origins read an answer which Koa did not make. */
export function headersForOrigins(origins: readonly string[]): (request: IncomingMessage) => Record<string, string> {
  const allowed = new Set(origins);
  return ({ headers: { origin = '' } }) => ({
    ...(allowed.size > 0 && { Vary: 'Origin' }),
    ...(allowed.has(origin) && {
      'Access-Control-Allow-Origin': origin,
      'Access-Control-Expose-Headers': exposeHeaders.join(','),
    }),
  });
}
