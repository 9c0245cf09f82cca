import type { RouterContext } from '@koa/router';
import type { ParameterizedContext } from 'koa';
import type { GroupService } from '../actors/api/group-service.ts';
import type { SendService } from '../actors/api/send-service.ts';
import type { SessionService } from '../actors/api/session-service.ts';
import type { AuditLog } from '../actors/audit-log.ts';
import type { ApiKeys } from '../store/records/api-keys/api-keys.ts';
import type { Events } from '../store/records/event-log.ts';
import type { Tickets } from '../store/records/tickets.ts';
import type { Authenticator } from './auth/authenticator.ts';
import type { CallerCache } from './load-shedding/caller-cache.ts';
import type { ConcurrencyLimit } from './load-shedding/concurrency-limit.ts';
import type { RateLimiter } from './load-shedding/rate-limiter.ts';
import type { MetricsEndpoint } from './metrics/metrics-endpoint.ts';
import type { Streams } from './streams/streams.ts';

/** Whether this process can do its work now. `details` are shown to whoever asks `/readyz`: no secrets. */
interface Readiness {
  ready: boolean;
  details?: Record<string, string | number | boolean>;
}

/** What the routes work with. */
export interface Services {
  sessions: SessionService;
  sends: SendService;
  groups: GroupService;
  events: Events;
  tickets: Tickets;
  apiKeys: ApiKeys;
  audit: AuditLog;
  authenticator: Authenticator;
  callers: CallerCache;
  requestLimit: RateLimiter;
  inFlight: ConcurrencyLimit;
  streams: Streams;
  /** Epoch milliseconds. */
  now: () => number;
  /** The page of the figures; null when it is not here. */
  metricsPage: MetricsEndpoint | null;
  readiness: () => Readiness | Promise<Readiness>;
}

/** What is known of a request, in the order in which it is found out; null until then. */
export interface RequestState {
  requestId: string;
  traceId: string;
  /** The id of the route that serves the request. */
  route: string | null;
  organization: string | null;
  /** The send that it is about. */
  outboxId: string | null;
  /** Whether the connection has become a WebSocket. */
  upgraded: boolean;
}

export type AppContext = ParameterizedContext<RequestState>;

export type RouteContext = RouterContext<RequestState>;

export type Next = () => Promise<unknown>;
