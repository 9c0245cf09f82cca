import * as v from 'valibot';
import type { SessionView } from '../../actors/api/session-service.ts';
import { sessionNotFound } from '../../actors/session/refusals.ts';
import { type ErrorCode, GatewayError, type Refusal } from '../../domain/errors.ts';
import { UlidSchema } from '../../domain/id-schemas.ts';
import type { Capability, Credential, Principal } from '../../domain/principal.ts';
import type { SessionAddress } from '../../domain/session.ts';
import type { TicketGrant } from '../../store/records/tickets.ts';
import type { RouteContext, Services } from '../context.ts';
import type { LimitScope } from '../load-shedding/concurrency-limit.ts';
import type { RateLimiter } from '../load-shedding/rate-limiter.ts';
import { authenticate, requireCapability } from './authenticate.ts';

/** Who may use a route, and what its handler then knows of the request. */
export interface Access<Known extends object> {
  /** Any one of them is enough; null when no credential is asked for. */
  capabilities: readonly Capability[] | null;
  /** What lets in: an api key or a login token, a ticket, either of them, or null when nothing is asked for. */
  credential: 'key' | 'ticket' | 'key or ticket' | null;
  /** What `admit` may throw, but for `unavailable`. */
  refuses: readonly ErrorCode[];
  /** Throws `unauthorized`, `forbidden`, `too_many_requests` or `not_found`, in this order. */
  admit(ctx: RouteContext, services: Services): Promise<Known>;
  /** What the request is about, as far as there is a limit to the requests about it. */
  placesOf(known: Known): readonly LimitScope[];
}

/** For everybody. */
export const publicAccess: Access<object> = {
  capabilities: null,
  credential: null,
  refuses: [],
  admit: async () => ({}),
  placesOf: () => [],
};

const invalidTicket: Refusal = { code: 'unauthorized', message: 'the ticket is not valid' };

const refusedToKeys = ['unauthorized', 'forbidden', 'too_many_requests'] as const;

/** For whoever has one of the capabilities in the organization. */
export function organizationAccess(...capabilities: readonly Capability[]): Access<{ principal: Principal }> {
  return {
    capabilities,
    credential: 'key',
    refuses: refusedToKeys,
    admit: async (ctx, services) => ({ principal: await admitted(ctx, services, capabilities) }),
    placesOf: ({ principal }) => [{ kind: 'organization', id: principal.organization }],
  };
}

/** The same, on a path with `{session}`: that session must be the organization's. */
export function sessionAccess(
  ...capabilities: readonly Capability[]
): Access<{ principal: Principal; address: SessionAddress; session: SessionView }> {
  return {
    capabilities,
    credential: 'key',
    refuses: [...refusedToKeys, 'not_found'],
    admit: async (ctx, services) => {
      const principal = await admitted(ctx, services, capabilities);
      return { principal, ...(await sessionOf(ctx, services, principal)) };
    },
    placesOf: ({ address }) => [
      { kind: 'organization', id: address.organization },
      { kind: 'session', id: address.session },
    ],
  };
}

/** The same, also with a ticket instead of a key, for what a browser opens: it must be one for that session. */
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
      const isMeant = grant.sessions?.includes(ctx.params['session'] ?? '') !== false;
      if (!isMeant) throw new GatewayError(sessionNotFound);
      const { address } = await sessionOf(ctx, services, grant);
      return { reader: grant, address, redeem };
    },
    placesOf: () => [],
  };
}

/** Uses up a credential that is valid only once; throws `unauthorized` when another request was faster. */
export type Redeem = () => Promise<void>;

/** For callers with a ticket; the handler redeems it. A wrong, a used and an old one get the same `unauthorized`. */
export function ticketAccess(...capabilities: readonly Capability[]): Access<{ grant: TicketGrant; redeem: Redeem }> {
  return {
    capabilities,
    credential: 'ticket',
    refuses: ['unauthorized', 'forbidden'],
    admit: async (ctx, { tickets, authenticator }) => {
      const ticket = String(ctx.query['ticket'] ?? '');
      const grant = await tickets.find(ticket);
      // What it was got with may have been revoked meanwhile.
      const holds = grant !== null && (await authenticator.stillHolds(grant));
      if (!holds) throw new GatewayError(invalidTicket);
      ctx.state.organization = grant.organization;
      requireCapability(grant, capabilities);
      const redeem = async () => {
        if ((await tickets.redeem(ticket)) === null) throw new GatewayError(invalidTicket);
      };
      return { grant, redeem };
    },
    placesOf: () => [],
  };
}

async function sessionOf(
  ctx: RouteContext,
  { sessions }: Services,
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
  { authenticator, callers, requestLimit }: Services,
  capabilities: readonly Capability[],
): Promise<Principal> {
  const principal = await authenticate(ctx.req.headers, authenticator);
  ctx.state.organization = principal.organization;
  callers.remember(ctx.req, principal.organization);
  requireCapability(principal, capabilities);
  requireRoom(principal, requestLimit);
  return principal;
}

function requireRoom({ kind, organization, subject }: Principal, limit: RateLimiter): void {
  const retryAfterMs = limit.take(`${kind} ${organization} ${subject}`);
  if (retryAfterMs === 0) return;
  const message = `more than ${limit.perSecond} requests a second with one credential; wait before the next`;
  const details = { limit: limit.perSecond, window: 'second', retryAfterMs };
  throw new GatewayError({ code: 'too_many_requests', message, details, retryAfterMs });
}
