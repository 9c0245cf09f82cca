import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as after, setImmediate as nextTurn } from 'node:timers/promises';
import { newRequestId } from '../domain/ids.ts';
import type { App } from './app.ts';
import { type Listeners, listen } from './listeners.ts';
import { invalid, toAnswer } from './response/errors.ts';
import { rawError } from './response/raw-error.ts';
import { securityHeaders } from './response/security-headers.ts';
import { asksForWebSocket, UpgradeResponse } from './streams/upgrade.ts';

/** How long a caller may take to send the headers, and the whole request, however little comes and how often. */
const headersTimeoutMs = 8_000;
const requestTimeoutMs = 12_000;
/** How often these two are looked at. */
const timeoutCheckMs = 1_000;
/** How long a caller may take to read an answer that is complete. */
const readTimeoutMs = 30_000;
/** A login token may be large. */
const maxHeaderBytes = 64 * 1024;
/** One more is not accepted. */
const maxConnections = 4_096;
/** Longer than the minute that load balancers commonly keep an idle connection, so that they are the ones to close. */
const keepAliveTimeoutMs = 65_000;
const defaultCloseTimeoutMs = 10_000;
/** How long the last connections that were accepted have to send their request. */
const longestLastCallMs = 500;

export interface ServerOptions {
  app: App;
  host: string;
  /** 0 lets the system choose. */
  port: number;
  /**
   * How long `close` still answers what comes in, each answer with `Connection: close`, before it accepts nothing new:
   * for requests that are on their way, and for callers that keep a connection. 0 unless given.
   */
  noticeMs?: number;
  /** How long `close` then waits for running requests before it cuts them off. */
  closeTimeoutMs?: number;
  /** Ends the start: it rejects with its reason then. */
  signal?: AbortSignal;
}

export interface HttpServer {
  /** `http://host:port`, with the port that is really listened on. */
  url: string;
  /**
   * Ends event streams and gives notice; then accepts nothing new, closes idle connections, lets running requests end,
   * and cuts off what is left at the deadline. The same promise however often it is called; never rejects.
   *
   * @param notice `none`: nobody was ever referred here, so that no notice need be given
   */
  close(notice?: 'given' | 'none'): Promise<void>;
}

/** Listens; rejects when it cannot. */
export async function startServer(options: ServerOptions): Promise<HttpServer> {
  const { app, host, port, closeTimeoutMs = defaultCloseTimeoutMs, signal } = options;
  const server = createServer({
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: timeoutCheckMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    maxHeaderSize: maxHeaderBytes,
    // Node's own refusal has no body; see `app.ts`.
    requireHostHeader: false,
    // From Node 22.21 on; before it, every upgrade comes to the listener below.
    shouldUpgradeCallback: asksForWebSocket,
  });
  const sockets = new Set<Socket>();
  const running = new Set<ServerResponse>();
  server.on('connection', (socket) => track(sockets, socket));
  server.on('request', (_, response) => track(running, response));
  server.on('request', (_, response) => limitReading(response));
  server.on('request', app.handle);
  // What is expected beyond that is not understood, and is not refused for it.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  server.on('upgrade', (request, socket, head) => upgrade(app, running, request, socket, head));
  server.on('clientError', (error, socket) => refuse(error, socket, running));
  const listeners = await listen(server, { host, port, maxConnections, signal });
  let closed: Promise<void> | undefined;
  return {
    url: urlOf(listeners, host),
    close: (notice = 'given') => {
      const noticeMs = notice === 'given' ? (options.noticeMs ?? 0) : 0;
      if (closed === undefined) app.drain();
      closed ??= giveNotice(server, running, noticeMs).then(() =>
        drain(listeners, sockets, running, {
          lastCallMs: Math.min(noticeMs, longestLastCallMs),
          timeoutMs: closeTimeoutMs,
        }),
      );
      return closed;
    },
  };
}

function track<T extends Socket | ServerResponse>(all: Set<T>, one: T): void {
  all.add(one);
  one.once('close', () => all.delete(one));
}

/** A request for a WebSocket is one like any other, until its route makes a WebSocket of its connection. */
function upgrade(app: App, running: Set<ServerResponse>, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const response = UpgradeResponse.to(request, socket, head);
  if (response === null) return;
  track(running, response);
  app.handle(request, response);
}

/** Answers for a while as before, only that no connection is kept behind an answer. */
async function giveNotice(server: Server, running: ReadonlySet<ServerResponse>, noticeMs: number): Promise<void> {
  for (const response of running) response.shouldKeepAlive = false;
  // In front of the app, which may answer at once.
  server.prependListener('request', (_, response) => {
    response.shouldKeepAlive = false;
  });
  if (noticeMs === 0) return;
  await after(noticeMs);
  await quietTurn(server);
}

/** How long a moment to stop listening is looked for. */
const quietSearchMs = 250;
const quietTurnMs = 0.1;

/**
 * Resolves right behind a turn of the event loop in which nobody came and little was done: the system resets the
 * connections that wait to be accepted when a server stops listening, and then there are none.
 */
async function quietTurn(server: Server): Promise<void> {
  let arrivals = 0;
  const onArrival = (): void => {
    arrivals += 1;
  };
  server.on('connection', onArrival);
  const until = performance.now() + quietSearchMs;
  for (let began = performance.now(); began < until; began = performance.now()) {
    const before = arrivals;
    await nextTurn();
    if (arrivals === before && performance.now() - began < quietTurnMs) break;
  }
  server.off('connection', onArrival);
}

async function drain(
  listeners: Listeners,
  sockets: ReadonlySet<Socket>,
  running: ReadonlySet<ServerResponse>,
  { lastCallMs, timeoutMs }: { lastCallMs: number; timeoutMs: number },
): Promise<void> {
  const ended = listeners.close();
  if (lastCallMs > 0) await after(lastCallMs);
  const busy = new Set([...running].map((response) => response.socket));
  for (const socket of sockets) if (!busy.has(socket)) socket.destroy();
  const deadline = setTimeout(() => {
    for (const socket of sockets) socket.destroy();
  }, timeoutMs);
  await ended;
  clearTimeout(deadline);
}

/** Cuts off whoever does not read what is there for them. */
function limitReading(response: ServerResponse): void {
  response.once('prefinish', () => {
    const deadline = setTimeout(() => response.destroy(), readTimeoutMs).unref();
    response.once('close', () => clearTimeout(deadline));
  });
}

/** What a request that never became one was refused for, by Node's code. */
const unreadable: Record<string, { line: string; issue: string }> = {
  HPE_HEADER_OVERFLOW: {
    line: '431 Request Header Fields Too Large',
    issue: `headers must be at most ${maxHeaderBytes} bytes`,
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    line: '408 Request Timeout',
    issue: `request must be complete within ${requestTimeoutMs / 1_000} s, its headers within ${headersTimeoutMs / 1_000} s`,
  },
};
const noHttp = { line: '400 Bad Request', issue: 'request must be valid HTTP' };

/** Answers what never became a request. */
function refuse(error: NodeJS.ErrnoException, socket: Duplex, running: ReadonlySet<ServerResponse>): void {
  const isAnswering = [...running].some((response) => response.socket === socket && response.headersSent);
  if (isAnswering || !socket.writable) {
    socket.destroy();
    return;
  }
  const { line, issue } = unreadable[error.code ?? ''] ?? noHttp;
  const { body, headers: own } = rawError(toAnswer(invalid('request', [issue]).refusal).envelope);
  const headers = Object.entries({
    ...securityHeaders,
    ...own,
    'X-Request-Id': newRequestId(),
    Connection: 'close',
  });
  const head = [`HTTP/1.1 ${line}`, ...headers.map(([name, value]) => `${name}: ${value}`)];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function urlOf({ port }: Listeners, host: string): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
