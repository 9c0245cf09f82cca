import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { newRequestId } from '../../domain/ids.ts';
import { toAnswer } from '../errors.ts';
import { standardHeaders } from '../standard-headers.ts';
import { Callers } from './callers.ts';
import { LoopDelay } from './loop-delay.ts';
import { Shedder } from './shedder.ts';

/** An operator must get through, and so must whoever asks how things are. */
const alwaysLetIn = /^\/(livez|readyz)$|:(stop|logout)$/;

/** Between two lines in the log on what was shed. */
const reportMs = 5_000;

const maxRetrySeconds = 5;

const { envelope, status } = toAnswer({
  code: 'unavailable',
  message: 'the gateway has more to do than it can; nothing was done, ask again later',
  details: { reason: 'overloaded' },
});
const body = JSON.stringify(envelope);

interface GateOptions {
  logger: Logger;
  shedder?: Shedder;
}

/**
 * Stands before everything else: when the process has more to do than it can, it answers 503 to a part of the requests
 * for so little that the others are served as well as ever.
 */
export class Gate {
  readonly callers = new Callers();
  readonly #logger: Logger;
  readonly #shedder: Shedder;
  readonly #delay: LoopDelay;
  #shed = 0;
  #reportedAt = Number.NEGATIVE_INFINITY;
  #state: 'open' | 'draining' = 'open';

  constructor({ logger, shedder = new Shedder() }: GateOptions) {
    this.#logger = logger;
    this.#shedder = shedder;
    this.#delay = new LoopDelay((delayMs) => this.#endWindow(delayMs));
  }

  /** Whether the request is let in; one that is not has been answered. */
  admits(request: IncomingMessage, response: ServerResponse): boolean {
    const isLetIn = this.#state === 'draining' || isAlwaysLetIn(request) || this.#shedder.admits(this.#nameOf(request));
    if (!isLetIn) this.#refuse(response);
    return isLetIn;
  }

  /** From now on everything is let in: what comes to a process that is about to end is little, and the last. */
  drain(): void {
    this.#state = 'draining';
    this.#delay[Symbol.dispose]();
  }

  /** While nothing is shed nobody needs to know. */
  #nameOf({ headers }: IncomingMessage): string {
    return this.#shedder.isShedding ? this.callers.nameOf(headers) : '';
  }

  #refuse(response: ServerResponse): void {
    this.#shed += 1;
    response.writeHead(status, {
      ...standardHeaders,
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': body.length,
      // Not all at the same time.
      'Retry-After': 1 + Math.floor(Math.random() * maxRetrySeconds),
      'X-Request-Id': newRequestId(),
    });
    response.end(body);
  }

  #endWindow(delayMs: number): void {
    this.#shedder.endWindow(delayMs);
    const now = performance.now();
    if (this.#shed === 0 || now - this.#reportedAt < reportMs) return;
    this.#logger.warn(
      { count: this.#shed, delayMs: Math.round(delayMs) },
      'requests were shed: there is too much to do',
    );
    this.#shed = 0;
    this.#reportedAt = now;
  }
}

function isAlwaysLetIn({ url = '' }: IncomingMessage): boolean {
  const queryAt = url.indexOf('?');
  return alwaysLetIn.test(queryAt < 0 ? url : url.slice(0, queryAt));
}
