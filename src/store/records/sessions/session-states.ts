import * as v from 'valibot';
import type { GatewayEvent } from '../../../domain/event.ts';
import { type SessionAddress, type SessionState, sessionStatuses } from '../../../domain/session.ts';
import type { Entry, Key, Store } from '../../contract.ts';
import { sessionKey } from '../../record-kinds.ts';
import { unlessUnreadable } from '../../unreadable-value.ts';
import { jsonCodec } from '../codec.ts';
import { eventAppend } from '../event-log.ts';

const codec = jsonCodec(
  'session state',
  v.object({
    status: v.picklist(sessionStatuses),
    since: v.number(),
    reason: v.nullable(v.string()),
    nextAttemptAt: v.nullable(v.number()),
    incarnation: v.optional(v.nullable(v.string())),
  }),
);

/** The last published state of a session. */
export interface PublishedState {
  state: SessionState;
  /** The node that published it, by its incarnation; null without a cluster, or from a release that does not store it. */
  incarnation: string | null;
}

/** The state of each session as clients saw it last. It is kept while no node owns the session. */
export interface SessionStates {
  /** Stores the state of a session together with its event. */
  publish(address: SessionAddress, published: PublishedState, event: GatewayEvent): Promise<void>;
  /** The states of several sessions, in the given order; null where nothing was published, or it is unreadable. */
  findMany(addresses: readonly SessionAddress[]): Promise<(PublishedState | null)[]>;
}

export function sessionStates(store: Store): SessionStates {
  return {
    publish: async (address, { state, incarnation }, event) => {
      await store.commit({
        sets: [{ key: stateKey(address), value: codec.encode({ ...state, incarnation }) }],
        appends: [eventAppend(address.organization, event)],
      });
    },
    findMany: async (addresses) => {
      const entries = await store.getMany(addresses.map(stateKey));
      return Promise.all(
        entries.map((entry) => unlessUnreadable(null, () => (entry === null ? null : toPublished(entry)))),
      );
    },
  };
}

function toPublished({ value }: Entry): PublishedState {
  const { incarnation = null, ...state } = codec.decode(value);
  return { state, incarnation };
}

export function stateKey(address: SessionAddress): Key {
  return sessionKey(address, 'state');
}
