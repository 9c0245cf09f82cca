import type { IncomingMessage, ServerResponse } from 'node:http';
import Router from '@koa/router';
import Koa from 'koa';
import type { Logger } from 'pino';
import { GatewayError } from '../domain/errors.ts';
import { type Metrics, noMetrics } from '../domain/metrics.ts';
import type { AppContext, Next, RequestState, Services } from './context.ts';
import { ConcurrencyLimit } from './load-shedding/concurrency-limit.ts';
import { LoadShedder } from './load-shedding/load-shedder.ts';
import { RateLimiter } from './load-shedding/rate-limiter.ts';
import type { SchedulerOptions } from './load-shedding/scheduler.ts';
import type { MetricsEndpoint } from './metrics/metrics-endpoint.ts';
import { canonicalTarget, unknownPath } from './request/paths.ts';
import { requestLog } from './request-log.ts';
import { crossOriginMiddleware, headersForOrigins } from './response/cors.ts';
import { errorMiddleware } from './response/error-middleware.ts';
import { invalid } from './response/errors.ts';
import { securityHeaders } from './response/security-headers.ts';
import { routes } from './routes/index.ts';
import { mount } from './routing/route.ts';
import { type StreamOptions, Streams } from './streams/streams.ts';

export interface AppDeps extends Omit<Services, 'streams' | 'callers' | 'requestLimit' | 'inFlight' | 'metricsPage'> {
  /** Takes note of what happens; nobody does unless given. */
  metrics?: Metrics;
  /** Where the figures can be read; nowhere unless given. */
  metricsPage?: MetricsEndpoint | null;
  logger: Logger;
  streamOptions?: Partial<StreamOptions>;
  /** Requests that one credential may make in a second, in the long run. */
  requestsPerSecond: number;
  /** Origins whose pages may call; none unless given. */
  corsOrigins?: readonly string[];
  turnsOptions?: Partial<SchedulerOptions>;
}

/** The HTTP face of the gateway, to be served by `startServer`. */
export interface App {
  /** Answers a request. Never throws. */
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** Ends the event streams and takes no new ones; sheds nothing any more. */
  drain(): void;
}

/** This is the one place that states what every request passes through, in order. */
export function createApp(deps: AppDeps): App {
  const { logger, streamOptions = {}, requestsPerSecond, corsOrigins = [], turnsOptions = {}, ...others } = deps;
  const { metrics = noMetrics, metricsPage = null, ...rest } = others;
  const { authenticator } = rest;
  const streams = new Streams({ metrics, logger, authenticator, options: streamOptions });
  const crossOriginHeaders = headersForOrigins(corsOrigins);
  const gate = new LoadShedder({ logger, crossOriginHeaders, turns: turnsOptions, onShed: metrics.shed });
  const requestLimit = new RateLimiter({ perSecond: requestsPerSecond, now: () => performance.now() });
  const limits = { callers: gate.callers, requestLimit, inFlight: new ConcurrencyLimit() };
  const app = new Koa<RequestState>();
  app.on('error', (error: unknown) => reportLate(logger, error));
  app.use(requestLog(logger, metrics));
  app.use(secured);
  if (corsOrigins.length > 0) app.use(crossOriginMiddleware(corsOrigins));
  app.use(errorMiddleware(logger));
  app.use(hosted);
  app.use(canonical);
  app.use(router({ ...rest, ...limits, metricsPage, streams }).routes());
  app.use(() => {
    throw new GatewayError(unknownPath);
  });
  const answer = app.callback();
  return {
    handle: (request, response) => {
      // Koa sees to what goes wrong.
      gate.pass(request, response, () => void answer(request, response));
    },
    drain: () => {
      gate.drain();
      streams.close();
    },
  };
}

function router(services: Services): Router<RequestState> {
  const router = new Router<RequestState>({ sensitive: true, strict: true });
  for (const declared of routes) mount(router, declared, services);
  return router;
}

function secured(ctx: AppContext, next: Next): Promise<unknown> {
  ctx.set(securityHeaders);
  return next();
}

/** RFC 9112, 3.2. */
function hosted(ctx: AppContext, next: Next): Promise<unknown> {
  const { httpVersionMajor, httpVersionMinor, headers } = ctx.req;
  const mustTell = httpVersionMajor === 1 && httpVersionMinor >= 1;
  if (mustTell && headers.host === undefined) throw invalid('Host', ['Host must be given']);
  return next();
}

function canonical(ctx: AppContext, next: Next): Promise<unknown> {
  ctx.url = canonicalTarget(ctx.url);
  return next();
}

/** How Node says that the other side of a connection is gone. */
const goneCodes = new Set<unknown>(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ERR_STREAM_PREMATURE_CLOSE']);

/** Errors behind the last middleware: nearly always a caller who has left while the answer was being written. */
function reportLate(logger: Logger, error: unknown): void {
  const hasLeft = error instanceof Error && 'code' in error && goneCodes.has(error.code);
  logger[hasLeft ? 'debug' : 'error']({ err: error }, 'answer could not be written');
}
