import type { ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { newRequestId } from '../domain/ids.ts';
import type { Metrics } from '../domain/metrics.ts';
import { newTraceId, traceIdIn } from '../domain/trace.ts';
import type { AppContext, Next, RequestState } from './context.ts';

const requestIdPattern = /^[A-Za-z0-9._-]{1,64}$/;

/**
 * Gives the request its id and its trace, the client's own if they are well formed, and logs and counts it when its
 * response is closed. The log line never has the path or the query, which contain JIDs, nor headers.
 */
export function requestLog(logger: Logger, metrics: Pick<Metrics, 'requestCompleted'>) {
  return (ctx: AppContext, next: Next): Promise<unknown> => {
    const startedAt = performance.now();
    const given = ctx.get('X-Request-Id');
    const requestId = requestIdPattern.test(given) ? given : newRequestId();
    const traceId = traceIdIn(ctx.get('traceparent')) ?? newTraceId();
    ctx.state = { requestId, traceId, route: null, organization: null, outboxId: null, upgraded: false };
    ctx.set({ 'X-Request-Id': requestId, 'X-Trace-Id': traceId });
    ctx.res.once('close', () => {
      const durationMs = performance.now() - startedAt;
      logger[levelOf(ctx)](lineOf(ctx, durationMs), 'request');
      // A response that Koa does not send is a stream.
      const ms = ctx.respond === false ? null : durationMs;
      metrics.requestCompleted({ route: ctx.state.route, status: statusOf(ctx.res, ctx.state), ms });
    });
    return next();
  };
}

/** Successful probes come every few seconds. */
function levelOf({ res, state }: AppContext): 'debug' | 'info' {
  return state.organization === null && state.route !== null && res.statusCode === 200 ? 'debug' : 'info';
}

function lineOf({ method, res, state }: AppContext, durationMs: number): object {
  return {
    method,
    route: state.route,
    status: statusOf(res, state),
    ...(!(res.writableFinished || state.upgraded) && { aborted: true }),
    durationMs: Math.round(durationMs * 10) / 10,
    requestId: state.requestId,
    traceId: state.traceId,
    organization: state.organization,
    ...(state.outboxId !== null && { outboxId: state.outboxId }),
  };
}

/** A client that disconnected before the response began did not get Node's default status of 200. */
function statusOf(res: ServerResponse, { upgraded }: RequestState): number | null {
  if (upgraded) return 101;
  return res.headersSent ? res.statusCode : null;
}
