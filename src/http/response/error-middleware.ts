import type { Logger } from 'pino';
import type { AppContext, Next } from '../context.ts';
import { toAnswer, toRefusal } from './errors.ts';

/** The only catch-all: every error becomes the error envelope, and server errors are logged once. */
export function errorMiddleware(logger: Logger) {
  return async (ctx: AppContext, next: Next): Promise<void> => {
    try {
      await next();
    } catch (error) {
      const refusal = toRefusal(error);
      const { status, headers, envelope } = toAnswer(refusal);
      if (status >= 500) logError(logger, ctx, error, refusal.code === 'internal');
      ctx.set(headers);
      ctx.status = status;
      ctx.type = 'json';
      ctx.body = JSON.stringify(envelope);
    }
  };
}

/** A deliberate refusal is logged only when it has a cause, which the client does not see. */
function logError(logger: Logger, ctx: AppContext, error: unknown, isUnexpected: boolean): void {
  const { requestId, traceId, route } = ctx.state;
  if (isUnexpected) logger.error({ err: error, requestId, traceId, route }, 'request failed');
  else if (error instanceof Error && error.cause !== undefined) {
    logger.warn({ err: error, requestId, traceId, route }, 'request refused');
  }
}
