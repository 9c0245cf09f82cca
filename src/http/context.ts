import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RouterContext } from '@koa/router';
import type { ParameterizedContext } from 'koa';

/** What the log says about a request, filled in as it becomes known; null until then. */
export interface RequestState {
  requestId: string;
  traceId: string;
  /** The id of the route that serves the request. */
  route: string | null;
  organization: string | null;
  /** The send that the request created or changed. */
  outboxId: string | null;
  /** Whether the connection has become a WebSocket. */
  upgraded: boolean;
}

export type AppContext = ParameterizedContext<RequestState>;

export type RouteContext = RouterContext<RequestState>;

export type Next = () => Promise<unknown>;

/** An HTTP application, served by `startServer`. */
export interface App {
  /** Answers a request. Never throws. */
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** Ends the event streams and refuses new ones; stops shedding load. */
  drain(): void;
}
