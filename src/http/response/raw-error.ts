import type { ErrorEnvelope } from './errors.ts';

/** The body of an error that is written without Koa, and its content headers. */
export function rawError(envelope: ErrorEnvelope): { body: string; headers: Record<string, string | number> } {
  const body = JSON.stringify(envelope);
  return {
    body,
    headers: { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': Buffer.byteLength(body) },
  };
}
