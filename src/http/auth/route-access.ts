import * as v from 'valibot';
import type { SessionService, SessionView } from '../../actors/api/session-service.ts';
import { sessionNotFound } from '../../actors/session/refusals.ts';
import { type ErrorCode, GatewayError, type Refusal } from '../../domain/errors.ts';
import { UlidSchema } from '../../domain/id-schemas.ts';
import type { Capability, Credential, Principal } from '../../domain/principal.ts';
import type { SessionAddress } from '../../domain/session.ts';
import type { TicketGrant, Tickets } from '../../store/records/tickets.ts';
import type { RouteContext } from '../context.ts';
import type { CallerCache } from '../load-shedding/caller-cache.ts';
import type { LimitScope } from '../load-shedding/concurrency-limit.ts';
import type { RateLimiter } from '../load-shedding/rate-limiter.ts';
import { authenticate, requireCapability } from './authenticate.ts';
import type { Authenticator } from './authenticator.ts';

/** What the access checks need. */
export interface AccessServices {
  authenticator: Authenticator;
  sessions: SessionService;
  tickets: Tickets;
  callerCache: CallerCache;
  rateLimiter: RateLimiter;
}

/** Who may use a route, and what its handler then knows about the request. */
export interface Access<Known extends object> {
  /** Any one of them is enough; null when no credential is required. */
  capabilities: readonly Capability[] | null;
  /** `key` is an api key or a login token; null when no credential is required. */
  credential: 'key' | 'ticket' | 'key or ticket' | null;
  /** What `admit` may throw, besides `unavailable`. */
  refuses: readonly ErrorCode[];
  /** Throws `unauthorized`, `forbidden`, `too_many_requests` or `not_found`, in this order. */
  admit(ctx: RouteContext, services: AccessServices): Promise<Known>;
  /** What a request in flight is counted by. */
  limitScopesOf(known: Known): readonly LimitScope[];
}

/** No credential required. */
export const publicAccess: Access<object> = {
  capabilities: null,
  credential: null,
  refuses: [],
  admit: async () => ({}),
  limitScopesOf: () => [],
};

const invalidTicket: Refusal = { code: 'unauthorized', message: 'the ticket is not valid' };

const keyRefusals = ['unauthorized', 'forbidden', 'too_many_requests'] as const;

/** Requires one of the capabilities in the organization. */
export function organizationAccess(...capabilities: readonly Capability[]): Access<{ principal: Principal }> {
  return {
    capabilities,
    credential: 'key',
    refuses: keyRefusals,
    admit: async (ctx, services) => ({ principal: await admitted(ctx, services, capabilities) }),
    limitScopesOf: ({ principal }) => [{ kind: 'organization', id: principal.organization }],
  };
}

/** The same, on a path with `{session}`: the session must belong to the organization. */
export function sessionAccess(
  ...capabilities: readonly Capability[]
): Access<{ principal: Principal; address: SessionAddress; session: SessionView }> {
  return {
    capabilities,
    credential: 'key',
    refuses: [...keyRefusals, 'not_found'],
    admit: async (ctx, services) => {
      const principal = await admitted(ctx, services, capabilities);
      return { principal, ...(await sessionOf(ctx, services, principal)) };
    },
    limitScopesOf: ({ address }) => [
      { kind: 'organization', id: address.organization },
      { kind: 'session', id: address.session },
    ],
  };
}

/** The same, or with a ticket for that session instead of a key: browsers cannot set headers of a WebSocket. */
export function sessionTicketAccess(
  ...capabilities: readonly Capability[]
): Access<{ reader: Credential & Pick<Principal, 'organization'>; address: SessionAddress; redeem: Redeem }> {
  const byKey = sessionAccess(...capabilities);
  return {
    ...byKey,
    credential: 'key or ticket',
    admit: async (ctx, services) => {
      if (ctx.query['ticket'] === undefined) {
        const { principal: reader, address } = await byKey.admit(ctx, services);
        return { reader, address, redeem: async () => undefined };
      }
      const { grant, redeem } = await ticketAccess(...capabilities).admit(ctx, services);
      const isGranted = grant.sessions?.includes(ctx.params['session'] ?? '') !== false;
      if (!isGranted) throw new GatewayError(sessionNotFound);
      const { address } = await sessionOf(ctx, services, grant);
      return { reader: grant, address, redeem };
    },
    limitScopesOf: () => [],
  };
}

/** Consumes a single-use credential; throws `unauthorized` when another request has already consumed it. */
export type Redeem = () => Promise<void>;

/** Requires a ticket, which the handler redeems. Wrong, used and expired ones get the same `unauthorized`. */
export function ticketAccess(...capabilities: readonly Capability[]): Access<{ grant: TicketGrant; redeem: Redeem }> {
  return {
    capabilities,
    credential: 'ticket',
    refuses: ['unauthorized', 'forbidden'],
    admit: async (ctx, { tickets, authenticator }) => {
      const ticket = String(ctx.query['ticket'] ?? '');
      const grant = await tickets.find(ticket);
      // The credential that the ticket was issued for may have been revoked since.
      const holds = grant !== null && (await authenticator.stillHolds(grant));
      if (!holds) throw new GatewayError(invalidTicket);
      ctx.state.organization = grant.organization;
      requireCapability(grant, capabilities);
      const redeem = async () => {
        if ((await tickets.redeem(ticket)) === null) throw new GatewayError(invalidTicket);
      };
      return { grant, redeem };
    },
    limitScopesOf: () => [],
  };
}

async function sessionOf(
  ctx: RouteContext,
  { sessions }: AccessServices,
  { organization }: Pick<Principal, 'organization'>,
): Promise<{ address: SessionAddress; session: SessionView }> {
  const { session: id = '' } = ctx.params;
  const address = { organization, session: id };
  const session = v.is(UlidSchema, id) ? await sessions.find(address) : null;
  if (session === null) throw new GatewayError(sessionNotFound);
  return { address, session };
}

async function admitted(
  ctx: RouteContext,
  { authenticator, callerCache, rateLimiter }: AccessServices,
  capabilities: readonly Capability[],
): Promise<Principal> {
  const principal = await authenticate(ctx.req.headers, authenticator);
  ctx.state.organization = principal.organization;
  callerCache.remember(ctx.req, principal.organization);
  requireCapability(principal, capabilities);
  takeToken(principal, rateLimiter);
  return principal;
}

function takeToken({ kind, organization, subject }: Principal, limiter: RateLimiter): void {
  const retryAfterMs = limiter.take(`${kind} ${organization} ${subject}`);
  if (retryAfterMs === 0) return;
  const message = `this credential exceeded ${limiter.perSecond} requests per second; slow down`;
  const details = { limit: limiter.perSecond, window: 'second', retryAfterMs };
  throw new GatewayError({ code: 'too_many_requests', message, details, retryAfterMs });
}
