import type { IncomingMessage } from 'node:http';
import cors from '@koa/cors';
import type { Middleware } from 'koa';

/** How long a browser may cache a preflight response, in seconds. */
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

/** Allows pages of these origins (WHATWG Fetch, 3.3). Cookies are never used, so `Allow-Credentials` is not set. */
export function corsMiddleware(origins: readonly string[]): Middleware {
  const allowed = new Set(origins);
  return cors({
    // The empty string stands for an origin that is not allowed.
    origin: ({ headers: { origin = '' } }) => (allowed.has(origin) ? origin : ''),
    exposeHeaders,
    allowHeaders,
    allowMethods,
    maxAge,
  });
}

/** The CORS headers of a response that is written without Koa. */
export function corsHeadersFor(origins: readonly string[]): (request: IncomingMessage) => Record<string, string> {
  const allowed = new Set(origins);
  return ({ headers: { origin = '' } }) => ({
    ...(allowed.size > 0 && { Vary: 'Origin' }),
    ...(allowed.has(origin) && {
      'Access-Control-Allow-Origin': origin,
      'Access-Control-Expose-Headers': exposeHeaders.join(','),
    }),
  });
}
