import * as v from 'valibot';
import type { GatewayEvent } from '../domain/event.ts';
import { type SessionAddress, type SessionState, sessionStatuses } from '../domain/session.ts';
import { jsonCodec } from './codec.ts';
import type { Key, Store } from './contract.ts';
import { unlessDamaged } from './damage.ts';
import { eventAppend } from './events.ts';

const codec = jsonCodec(
  'session state',
  v.object({
    status: v.picklist(sessionStatuses),
    since: v.number(),
    reason: v.nullable(v.string()),
    nextAttemptAt: v.nullable(v.number()),
  }),
);

/** What sessions are doing, as their owners have told last, for the nodes that do not have them. */
export interface States {
  /** Stores what a session is doing now together with the event that tells of it. */
  publish(address: SessionAddress, state: SessionState, event: GatewayEvent): Promise<void>;
  /** Of several sessions, in the order asked for; null where nothing was told since it has its owner. */
  findMany(addresses: readonly SessionAddress[]): Promise<(SessionState | null)[]>;
}

export function states(store: Store): States {
  return {
    publish: async (address, state, event) => {
      await store.commit({
        sets: [{ key: stateKey(address), value: codec.encode(state) }],
        appends: [eventAppend(address.organization, event)],
      });
    },
    findMany: async (addresses) => {
      const entries = await store.getMany(addresses.map(stateKey));
      return Promise.all(
        entries.map((entry) => unlessDamaged(null, () => (entry === null ? null : codec.decode(entry.value)))),
      );
    },
  };
}

export function stateKey({ organization, session }: SessionAddress): Key {
  return [organization, 'state', session];
}
