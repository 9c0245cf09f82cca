import { createHash, randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { eventNames } from '../../domain/event.ts';
import { gatewayPartition } from '../../domain/id-schemas.ts';
import { CapabilitySchema, CredentialSchema } from '../../domain/principal.ts';
import type { Key, Store } from '../contract.ts';
import { keyIn } from '../record-kinds.ts';
import { unlessUnreadable } from '../unreadable-value.ts';
import { jsonCodec } from './codec.ts';

/** How long a ticket may be used. */
const lifetimeMs = 30_000;

const GrantSchema = v.object({
  /** The credential that the ticket was issued for: the stream does not outlive it. */
  ...CredentialSchema.entries,
  organization: v.string(),
  capabilities: v.array(CapabilitySchema),
  /** Only events of these sessions; null for all. */
  sessions: v.nullable(v.array(v.string())),
  /** Only these events; null for all. */
  events: v.nullable(v.array(v.picklist(eventNames))),
});

/** What the bearer of a ticket may read. */
export type TicketGrant = v.InferOutput<typeof GrantSchema>;

const codec = jsonCodec('ticket', v.object({ grant: GrantSchema, expiresAt: v.number() }));

/** Tickets open one event stream each, for clients that cannot send a credential: a browser's WebSocket. */
export interface Tickets {
  issue(grant: TicketGrant): Promise<{ ticket: string; expiresAt: number }>;
  /** The grant of a ticket; null when it is unknown, used or expired. */
  find(ticket: string): Promise<TicketGrant | null>;
  /** The same, and uses the ticket up; null also when its grant is unreadable. */
  redeem(ticket: string): Promise<TicketGrant | null>;
}

export function tickets(store: Store, now: () => number): Tickets {
  return {
    issue: async (grant) => {
      const ticket = randomBytes(32).toString('base64url');
      const expiresAt = now() + lifetimeMs;
      // Expires by the store's clock: the process that redeems it may have another clock.
      await store.commit({ sets: [{ key: keyOf(ticket), value: codec.encode({ grant, expiresAt }), lifetimeMs }] });
      return { ticket, expiresAt };
    },
    find: async (ticket) => {
      const entry = await store.get(keyOf(ticket));
      return entry === null ? null : codec.decode(entry.value).grant;
    },
    redeem: async (ticket) => {
      const key = keyOf(ticket);
      const entry = await store.get(key);
      if (entry === null) return null;
      const taken = await store.commit({ checks: [{ key, version: entry.version }], deletes: [key] });
      if (!taken.ok) return null;
      return unlessUnreadable(null, () => codec.decode(entry.value).grant);
    },
  };
}

function keyOf(ticket: string): Key {
  // In the gateway's partition: the organization is unknown before the lookup.
  return keyIn(gatewayPartition, 'ticket', createHash('sha256').update(ticket).digest('base64url'));
}
