import Router from '@koa/router';
import Koa from 'koa';
import type { Logger } from 'pino';
import { GatewayError } from '../domain/errors.ts';
import { type Metrics, noMetrics } from '../domain/metrics.ts';
import type { App, AppContext, Next, RequestState } from './context.ts';
import { ConcurrencyLimit } from './load-shedding/concurrency-limit.ts';
import { LoadShedder } from './load-shedding/load-shedder.ts';
import { RateLimiter } from './load-shedding/rate-limiter.ts';
import type { SchedulerOptions } from './load-shedding/scheduler.ts';
import type { MetricsEndpoint } from './metrics/metrics-endpoint.ts';
import { canonicalTarget, unknownPath } from './request/paths.ts';
import { requestLog } from './request-log.ts';
import { corsHeadersFor, corsMiddleware } from './response/cors.ts';
import { errorMiddleware } from './response/error-middleware.ts';
import { invalid } from './response/errors.ts';
import { securityHeaders } from './response/security-headers.ts';
import { routes } from './routes/index.ts';
import { mount } from './routing/route.ts';
import type { Services } from './routing/services.ts';
import { type StreamOptions, Streams } from './streams/streams.ts';

type Created = 'streams' | 'callerCache' | 'rateLimiter' | 'concurrencyLimit' | 'metricsEndpoint';

export interface AppDeps extends Omit<Services, Created> {
  /** Nothing is measured unless given. */
  metrics?: Metrics;
  /** Metrics are not served by this app unless given. */
  metricsEndpoint?: MetricsEndpoint | null;
  logger: Logger;
  streamOptions?: Partial<StreamOptions>;
  /** Sustained requests per second of one credential. */
  requestsPerSecond: number;
  /** Origins allowed by CORS; none unless given. */
  corsOrigins?: readonly string[];
  schedulerOptions?: Partial<SchedulerOptions>;
}

/** The gateway's HTTP API: everything that a request passes through, in order. */
export function createApp(deps: AppDeps): App {
  const { logger, streamOptions = {}, requestsPerSecond, corsOrigins = [], schedulerOptions = {}, ...others } = deps;
  const { metrics = noMetrics, metricsEndpoint = null, ...rest } = others;
  const { authenticator } = rest;
  const streams = new Streams({ metrics, logger, authenticator, options: streamOptions });
  const corsHeaders = corsHeadersFor(corsOrigins);
  const loadShedder = new LoadShedder({ logger, corsHeaders, scheduler: schedulerOptions, onShed: metrics.shed });
  const { callerCache } = loadShedder;
  const rateLimiter = new RateLimiter({ perSecond: requestsPerSecond, now: () => performance.now() });
  const concurrencyLimit = new ConcurrencyLimit();
  const app = new Koa<RequestState>();
  app.on('error', (error: unknown) => logWriteError(logger, error));
  app.use(requestLog(logger, metrics));
  app.use(setSecurityHeaders);
  if (corsOrigins.length > 0) app.use(corsMiddleware(corsOrigins));
  app.use(errorMiddleware(logger));
  app.use(requireHost);
  app.use(canonicalizeUrl);
  const services = { ...rest, callerCache, rateLimiter, concurrencyLimit, metricsEndpoint, streams };
  app.use(routerOf(services).routes());
  app.use(() => {
    throw new GatewayError(unknownPath);
  });
  const answer = app.callback();
  return {
    handle: (request, response) => {
      // Koa's callback never rejects.
      loadShedder.handle(request, response, () => void answer(request, response));
    },
    drain: () => {
      loadShedder.drain();
      streams.close();
    },
  };
}

function routerOf(services: Services): Router<RequestState> {
  const router = new Router<RequestState>({ sensitive: true, strict: true });
  for (const declared of routes) mount(router, declared, services);
  return router;
}

function setSecurityHeaders(ctx: AppContext, next: Next): Promise<unknown> {
  ctx.set(securityHeaders);
  return next();
}

/** RFC 9112, 3.2. */
function requireHost(ctx: AppContext, next: Next): Promise<unknown> {
  const { httpVersionMajor, httpVersionMinor, headers } = ctx.req;
  const isRequired = httpVersionMajor === 1 && httpVersionMinor >= 1;
  if (isRequired && headers.host === undefined) throw invalid('Host', ['Host is required']);
  return next();
}

function canonicalizeUrl(ctx: AppContext, next: Next): Promise<unknown> {
  ctx.url = canonicalTarget(ctx.url);
  return next();
}

/** Node's codes for a client that has disconnected. */
const disconnectCodes = new Set<unknown>(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ERR_STREAM_PREMATURE_CLOSE']);

/** Errors while Koa writes the response: nearly always a client that disconnected. */
function logWriteError(logger: Logger, error: unknown): void {
  const isDisconnect = error instanceof Error && 'code' in error && disconnectCodes.has(error.code);
  logger[isDisconnect ? 'debug' : 'error']({ err: error }, 'response could not be written');
}
