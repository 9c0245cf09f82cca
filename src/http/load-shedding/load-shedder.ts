import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { newRequestId } from '../../domain/ids.ts';
import { metricsPath } from '../metrics/metrics-endpoint.ts';
import { toAnswer } from '../response/errors.ts';
import { rawError } from '../response/raw-error.ts';
import { securityHeaders } from '../response/security-headers.ts';
import { CallerCache } from './caller-cache.ts';
import { Scheduler, type SchedulerOptions } from './scheduler.ts';

/** Whoever asks how things are must get through. */
const probes = new Set(['/livez', '/readyz', metricsPath]);

/** Whether requests to a path are never sent away for there being too much to do. */
export function isProbe(path: string): boolean {
  return probes.has(path);
}

/** An operator must get through, to stop what is too much. */
const ending = /^\/api\/v1\/sessions\/[0-9A-Z]{26}:(?:stop|logout)$/;

/** Between two lines in the log on what was shed. */
const reportMs = 5_000;

const maxRetrySeconds = 5;

const { envelope, status } = toAnswer({
  code: 'unavailable',
  message: 'the gateway has more to do than it can; nothing was done, ask again later',
  details: { reason: 'overloaded' },
});
const { body, headers } = rawError(envelope);

export interface LoadShedderOptions {
  logger: Logger;
  turns?: Partial<SchedulerOptions>;
  /** Called for each request that is sent away. */
  onShed?: () => void;
  /** The headers that let a page of another origin read an answer. */
  crossOriginHeaders?: (request: IncomingMessage) => Record<string, string>;
}

/**
 * Stands before everything else: when the process has more to do than it can, it answers 503 to a part of the requests
 * for so little that the others are served as well as ever.
 */
export class LoadShedder {
  readonly callers = new CallerCache();
  readonly #logger: Logger;
  readonly #turns: Scheduler;
  readonly #onShed: () => void;
  readonly #crossOriginHeaders: (request: IncomingMessage) => Record<string, string>;
  #shed = 0;
  #reportedAt = Number.NEGATIVE_INFINITY;
  #state: 'open' | 'draining' = 'open';

  constructor({ logger, turns, onShed = () => undefined, crossOriginHeaders = () => ({}) }: LoadShedderOptions) {
    this.#logger = logger;
    this.#onShed = onShed;
    this.#turns = new Scheduler(turns);
    this.#crossOriginHeaders = crossOriginHeaders;
  }

  /** Serves a request when it is its turn, or answers that there is too much to do. */
  pass(request: IncomingMessage, response: ServerResponse, serve: () => void): void {
    if (this.#state === 'draining' || this.#isAlwaysLetIn(request)) serve();
    else this.#takeTurn(request, response, serve);
  }

  #takeTurn(request: IncomingMessage, response: ServerResponse, serve: () => void): void {
    this.#turns.take(() => this.callers.nameOf(request), {
      // Whoever has left meanwhile is not worth the work.
      serve: () => {
        if (!response.destroyed) serve();
      },
      sendAway: () => this.#refuse(request, response),
    });
  }

  /** From now on everybody is served: what comes to a process that is about to end is little, and the last. */
  drain(): void {
    this.#state = 'draining';
  }

  #isAlwaysLetIn(request: IncomingMessage): boolean {
    const { url = '', method } = request;
    const queryAt = url.indexOf('?');
    const path = queryAt < 0 ? url : url.slice(0, queryAt);
    if (isProbe(path)) return true;
    return method === 'POST' && ending.test(path) && this.callers.isKnown(request);
  }

  #refuse(request: IncomingMessage, response: ServerResponse): void {
    response.writeHead(status, {
      ...securityHeaders,
      ...this.#crossOriginHeaders(request),
      ...headers,
      // Not all at the same time.
      'Retry-After': 1 + Math.floor(Math.random() * maxRetrySeconds),
      'X-Request-Id': newRequestId(),
    });
    response.end(body);
    this.#onShed();
    this.#report();
  }

  /** A line for each would be more work than what is spared. */
  #report(): void {
    this.#shed += 1;
    const now = performance.now();
    if (now - this.#reportedAt < reportMs) return;
    this.#logger.warn({ count: this.#shed }, 'requests were shed: there is too much to do');
    this.#shed = 0;
    this.#reportedAt = now;
  }
}
