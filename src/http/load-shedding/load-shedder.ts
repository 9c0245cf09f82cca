import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { newRequestId } from '../../domain/ids.ts';
import { metricsPath } from '../metrics/metrics-endpoint.ts';
import { toAnswer } from '../response/errors.ts';
import { rawError } from '../response/raw-error.ts';
import { securityHeaders } from '../response/security-headers.ts';
import { CallerCache } from './caller-cache.ts';
import { Scheduler, type SchedulerOptions } from './scheduler.ts';

/** Health checks and metrics must be answered under load, too. */
const probes = new Set(['/livez', '/readyz', metricsPath]);

/** Whether requests to a path are never shed. */
export function isProbe(path: string): boolean {
  return probes.has(path);
}

/** Operators must be able to stop the sessions that cause the load. */
const stopOrLogout = /^\/api\/v1\/sessions\/[0-9A-Z]{26}:(?:stop|logout)$/;

/** Between two log lines about shed requests. */
const logIntervalMs = 5_000;

const maxRetrySeconds = 5;

const { envelope, status } = toAnswer({
  code: 'unavailable',
  message: 'the gateway is overloaded; the request was not processed, retry later',
  details: { reason: 'overloaded' },
});
const { body, headers } = rawError(envelope);

export interface LoadShedderOptions {
  logger: Logger;
  scheduler?: Partial<SchedulerOptions>;
  /** Called for each request that is shed. */
  onShed?: () => void;
  /** The CORS headers of the 503. */
  corsHeaders?: (request: IncomingMessage) => Record<string, string>;
}

/**
 * Runs before everything else. Under overload it answers a part of the requests with a cheap 503, so that the others
 * are served as fast as ever.
 */
export class LoadShedder {
  readonly callerCache = new CallerCache();
  readonly #logger: Logger;
  readonly #scheduler: Scheduler;
  readonly #onShed: () => void;
  readonly #corsHeaders: (request: IncomingMessage) => Record<string, string>;
  /** Since the last log line. */
  #shedCount = 0;
  #loggedAt = Number.NEGATIVE_INFINITY;
  #state: 'open' | 'draining' = 'open';

  constructor({ logger, scheduler, onShed = () => undefined, corsHeaders = () => ({}) }: LoadShedderOptions) {
    this.#logger = logger;
    this.#onShed = onShed;
    this.#scheduler = new Scheduler(scheduler);
    this.#corsHeaders = corsHeaders;
  }

  /** Serves a request now or when it is scheduled, or answers 503. */
  handle(request: IncomingMessage, response: ServerResponse, serve: () => void): void {
    if (this.#state === 'draining' || this.#isExempt(request)) serve();
    else this.#schedule(request, response, serve);
  }

  #schedule(request: IncomingMessage, response: ServerResponse, serve: () => void): void {
    this.#scheduler.schedule(() => this.callerCache.nameOf(request), {
      // The client may have disconnected while the request was queued.
      serve: () => {
        if (!response.destroyed) serve();
      },
      shed: () => this.#shed(request, response),
    });
  }

  /** Serves every request from now on: the last few requests of a process that is shutting down. */
  drain(): void {
    this.#state = 'draining';
  }

  #isExempt(request: IncomingMessage): boolean {
    const { url = '', method } = request;
    const queryAt = url.indexOf('?');
    const path = queryAt < 0 ? url : url.slice(0, queryAt);
    if (isProbe(path)) return true;
    return method === 'POST' && stopOrLogout.test(path) && this.callerCache.isKnown(request);
  }

  #shed(request: IncomingMessage, response: ServerResponse): void {
    response.writeHead(status, {
      ...securityHeaders,
      ...this.#corsHeaders(request),
      ...headers,
      // Random, so that clients do not all retry at the same time.
      'Retry-After': 1 + Math.floor(Math.random() * maxRetrySeconds),
      'X-Request-Id': newRequestId(),
    });
    response.end(body);
    this.#onShed();
    this.#log();
  }

  /** A line for each request would cost more than shedding it saves. */
  #log(): void {
    this.#shedCount += 1;
    const now = performance.now();
    if (now - this.#loggedAt < logIntervalMs) return;
    this.#logger.warn({ count: this.#shedCount }, 'requests shed: the gateway is overloaded');
    this.#shedCount = 0;
    this.#loggedAt = now;
  }
}
