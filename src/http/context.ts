import type { RouterContext } from '@koa/router';
import type { ParameterizedContext } from 'koa';
import type { Registry } from '../actors/registry.ts';
import type { ApiKeys } from '../store/api-keys.ts';

/** Whether this process can do its work now. `details` are shown to whoever asks `/readyz`: no secrets. */
interface Readiness {
  ready: boolean;
  details?: Record<string, string | number | boolean>;
}

/** What the routes work with. */
export interface Services {
  sessions: Registry;
  apiKeys: ApiKeys;
  readiness: () => Readiness | Promise<Readiness>;
}

/** What is known of a request, in the order in which it is found out; null until then. */
export interface RequestState {
  requestId: string;
  /** The id of the route that serves the request. */
  route: string | null;
  organization: string | null;
}

export type AppContext = ParameterizedContext<RequestState>;

export type RouteContext = RouterContext<RequestState>;

export type Next = () => Promise<unknown>;
