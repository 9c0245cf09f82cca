import type { ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { newRequestId } from '../domain/ids.ts';
import type { Metrics } from '../domain/metrics.ts';
import { newTraceId, traceIdIn } from '../domain/trace.ts';
import type { AppContext, Next, RequestState } from './context.ts';

const requestIdPattern = /^[A-Za-z0-9._-]{1,64}$/;

/**
 * Gives the request its id and its trace, the caller's own if they are well formed, and writes one line when the connection is done
 * with it: never the path or the query, which carry JIDs, and no headers. It is counted, too.
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
      // What was taken over is a stream.
      const ms = ctx.respond === false ? null : durationMs;
      metrics.requestCompleted({ route: ctx.state.route, status: statusOf(ctx.res, ctx.state), ms });
    });
    return next();
  };
}

/** Probes come every few seconds and say nothing as long as all is well. */
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

/** A caller who has left before the answer began did not get the status that stands there by default. */
function statusOf(res: ServerResponse, { upgraded }: RequestState): number | null {
  if (upgraded) return 101;
  return res.headersSent ? res.statusCode : null;
}
