import type { Context, Next } from 'koa';
import { SimulatorError, type SimulatorErrorCode } from '../errors.ts';

const STATUSES: Record<SimulatorErrorCode, number> = {
  validation_error: 400,
  not_found: 404,
  conflict: 409,
  unavailable: 503,
  timeout: 504,
};

interface ErrorAnswer {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}

/** Turns errors into the error envelope of the gateway: `{"error": {"code", "message", "details"}}`. */
export async function answerErrors(context: Context, next: Next): Promise<void> {
  try {
    await next();
  } catch (error) {
    answer(context, errorAnswer(error));
  }
}

/** Answers requests that match no route. */
export function answerUnknownPaths(context: Context): void {
  answer(context, { status: 404, code: 'not_found', message: `no route for ${context.method} ${context.path}` });
}

function answer(context: Context, { status, code, message, details = {} }: ErrorAnswer): void {
  context.status = status;
  context.body = { error: { code, message, details } };
}

function errorAnswer(error: unknown): ErrorAnswer {
  if (error instanceof SimulatorError) {
    const { code, message, details } = error;
    return { status: STATUSES[code], code, message, details };
  }
  const status = statusOf(error);
  if (status === 413) return { status, code: 'payload_too_large', message: 'the body is too large' };
  if (status === 400) return { status, code: 'validation_error', message: 'the body is not valid JSON' };
  return { status: 500, code: 'internal', message: 'internal error of the simulator' };
}

/** The body parser throws errors that carry their HTTP status. */
function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error && 'status' in error)) return undefined;
  return typeof error.status === 'number' ? error.status : undefined;
}
