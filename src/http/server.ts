import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as after, setImmediate as nextTurn } from 'node:timers/promises';
import { newRequestId } from '../domain/ids.ts';
import type { App } from './context.ts';
import { type Listeners, listen } from './listeners.ts';
import { invalid, toAnswer } from './response/errors.ts';
import { rawError } from './response/raw-error.ts';
import { securityHeaders } from './response/security-headers.ts';
import { asksForWebSocket, UpgradeResponse } from './streams/upgrade.ts';

/** How long a client may take to send the headers, and the whole request, however slowly the bytes arrive. */
const headersTimeoutMs = 8_000;
const requestTimeoutMs = 12_000;
/** How often Node checks these two. */
const timeoutCheckMs = 1_000;
/** How long a client may take to read a response after it has been written completely. */
const readTimeoutMs = 30_000;
/** A login token may be large. */
const maxHeaderBytes = 64 * 1024;
const maxConnections = 4_096;
/** Longer than the usual minute of load balancers, so that they are the ones who close idle connections. */
const keepAliveTimeoutMs = 65_000;
const defaultCloseTimeoutMs = 10_000;
/** How long connections accepted last have to send their request. */
const maxFinalRequestMs = 500;

export interface ServerOptions {
  app: App;
  host: string;
  /** 0 lets the system choose. */
  port: number;
  /**
   * How long `close` keeps answering requests, each with `Connection: close`, before it stops accepting connections:
   * for requests in transit and for clients with open connections. 0 unless given.
   */
  lameDuckMs?: number;
  /** How long `close` then waits for running requests before it closes their connections. */
  closeTimeoutMs?: number;
  /** Cancels the start, which then rejects with the signal's reason. */
  signal?: AbortSignal;
}

export interface HttpServer {
  /** `http://host:port`, with the actual port. */
  url: string;
  /**
   * Ends event streams and serves as a lame duck; then stops accepting connections, closes idle ones, lets running
   * requests finish, and closes the rest at the deadline. Every call returns the same promise; it never rejects.
   *
   * @param notice `none` skips the lame duck period: no traffic was ever directed here
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
    // Node 22.21 and newer; older ones pass every upgrade to the listener below.
    shouldUpgradeCallback: asksForWebSocket,
  });
  const sockets = new Set<Socket>();
  const running = new Set<ServerResponse>();
  server.on('connection', (socket) => track(sockets, socket));
  server.on('request', (_, response) => track(running, response));
  server.on('request', (_, response) => limitReadTime(response));
  server.on('request', app.handle);
  // Expectations other than 100-continue are ignored.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  server.on('upgrade', (request, socket, head) => upgrade(app, running, request, socket, head));
  server.on('clientError', (error, socket) => refuse(error, socket, running));
  const listeners = await listen(server, { host, port, maxConnections, signal });
  let closed: Promise<void> | undefined;
  return {
    url: urlOf(listeners, host),
    close: (notice = 'given') => {
      const lameDuckMs = notice === 'given' ? (options.lameDuckMs ?? 0) : 0;
      if (closed === undefined) app.drain();
      closed ??= serveAsLameDuck(server, running, lameDuckMs).then(() =>
        drain(listeners, sockets, running, {
          finalRequestMs: Math.min(lameDuckMs, maxFinalRequestMs),
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

/** An upgrade request is handled like any other until its route turns the connection into a WebSocket. */
function upgrade(app: App, running: Set<ServerResponse>, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const response = UpgradeResponse.to(request, socket, head);
  if (response === null) return;
  track(running, response);
  app.handle(request, response);
}

/** Keeps answering requests for a while, but closes each connection after its response. */
async function serveAsLameDuck(
  server: Server,
  running: ReadonlySet<ServerResponse>,
  lameDuckMs: number,
): Promise<void> {
  for (const response of running) response.shouldKeepAlive = false;
  // Before the app, which may answer synchronously.
  server.prependListener('request', (_, response) => {
    response.shouldKeepAlive = false;
  });
  if (lameDuckMs === 0) return;
  await after(lameDuckMs);
  await waitForIdleTurn(server);
}

/** How long to wait for a good moment to stop listening. */
const idleTurnTimeoutMs = 250;
const idleTurnMs = 0.1;

/**
 * Resolves right after a turn of the event loop with no new connection and little work: when a server stops listening,
 * the kernel resets the connections that wait to be accepted, and at that moment there are none.
 */
async function waitForIdleTurn(server: Server): Promise<void> {
  let arrivals = 0;
  const onArrival = (): void => {
    arrivals += 1;
  };
  server.on('connection', onArrival);
  const until = performance.now() + idleTurnTimeoutMs;
  for (let began = performance.now(); began < until; began = performance.now()) {
    const before = arrivals;
    await nextTurn();
    if (arrivals === before && performance.now() - began < idleTurnMs) break;
  }
  server.off('connection', onArrival);
}

async function drain(
  listeners: Listeners,
  sockets: ReadonlySet<Socket>,
  running: ReadonlySet<ServerResponse>,
  { finalRequestMs, timeoutMs }: { finalRequestMs: number; timeoutMs: number },
): Promise<void> {
  const ended = listeners.close();
  if (finalRequestMs > 0) await after(finalRequestMs);
  const busy = new Set([...running].map((response) => response.socket));
  for (const socket of sockets) if (!busy.has(socket)) socket.destroy();
  const deadline = setTimeout(() => {
    for (const socket of sockets) socket.destroy();
  }, timeoutMs);
  await ended;
  clearTimeout(deadline);
}

/** Closes the connection of a client that does not read its response in time. */
function limitReadTime(response: ServerResponse): void {
  response.once('prefinish', () => {
    const deadline = setTimeout(() => response.destroy(), readTimeoutMs).unref();
    response.once('close', () => clearTimeout(deadline));
  });
}

/** The answer to an unreadable request, by Node's error code. */
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
const notHttp = { line: '400 Bad Request', issue: 'request must be valid HTTP' };

/** Answers a request that Node could not parse. */
function refuse(error: NodeJS.ErrnoException, socket: Duplex, running: ReadonlySet<ServerResponse>): void {
  const isAnswering = [...running].some((response) => response.socket === socket && response.headersSent);
  if (isAnswering || !socket.writable) {
    socket.destroy();
    return;
  }
  const { line, issue } = unreadable[error.code ?? ''] ?? notHttp;
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
