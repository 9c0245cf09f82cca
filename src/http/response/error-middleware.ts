import type { Logger } from 'pino';
import type { AppContext, Next } from '../context.ts';
import { toAnswer, toRefusal } from './errors.ts';

/** The only catch-all: whatever was thrown becomes the error envelope, and what is our fault goes to the log, once. */
export function errorMiddleware(logger: Logger) {
  return async (ctx: AppContext, next: Next): Promise<void> => {
    try {
      await next();
    } catch (error) {
      const refusal = toRefusal(error);
      const { status, headers, envelope } = toAnswer(refusal);
      if (status >= 500) logFault(logger, ctx, error, refusal.code === 'internal');
      ctx.set(headers);
      ctx.status = status;
      ctx.type = 'json';
      ctx.body = JSON.stringify(envelope);
    }
  };
}

/** A refusal that somebody made on purpose is worth a line only for the cause that the caller does not see. */
function logFault(logger: Logger, ctx: AppContext, error: unknown, unexpected: boolean): void {
  const { requestId, traceId, route } = ctx.state;
  if (unexpected) logger.error({ err: error, requestId, traceId, route }, 'request failed');
  else if (error instanceof Error && error.cause !== undefined) {
    logger.warn({ err: error, requestId, traceId, route }, 'request refused');
  }
}
