import type { SessionAddress, SessionRecord } from '../../domain/session.ts';
import type { OwnerEntry, SessionOwners } from '../../store/records/cluster/session-owners.ts';
import type { PublishedState, SessionStates } from '../../store/records/session-states.ts';
import { type SessionLocation, unhostedState } from '../runtime/session-router.ts';
import type { Supervisor } from '../runtime/supervisor.ts';
import type { Membership } from './membership/membership.ts';

export interface SessionLocatorDeps {
  owners: Pick<SessionOwners, 'findMany'>;
  states: Pick<SessionStates, 'findMany'>;
  supervisor: Pick<Supervisor, 'find'>;
  membership: Pick<Membership, 'nodeId' | 'isLiving'>;
}

/** Sees what sessions are doing, also those of other nodes. */
export class SessionLocator {
  readonly #deps: SessionLocatorDeps;

  constructor(deps: SessionLocatorDeps) {
    this.#deps = deps;
  }

  /** Of several sessions, in the order of their records. */
  async whereabouts(records: readonly SessionRecord[]): Promise<SessionLocation[]> {
    const { supervisor, owners, states, membership } = this.#deps;
    const isHere = ({ id }: SessionRecord): boolean => supervisor.find(id) !== undefined;
    const away = records.filter((record) => !isHere(record)).map(addressOf);
    const places = new Map(away.map(({ session }, index) => [session, index]));
    const [found, published] = await Promise.all([owners.findMany(away), states.findMany(away)]);
    return Promise.all(
      records.map(async (record) => {
        const state = supervisor.find(record.id)?.state;
        if (state !== undefined) return { state, nodeId: membership.nodeId };
        const index = places.get(record.id) ?? -1;
        return this.#whereaboutsOf(record, found[index] ?? null, published[index] ?? null);
      }),
    );
  }

  async #whereaboutsOf(
    record: SessionRecord,
    found: OwnerEntry | null,
    published: PublishedState | null,
  ): Promise<SessionLocation> {
    const { incarnation = null, nodeId = null } = found?.owner ?? {};
    const hasOwner = incarnation !== null && (await this.#deps.membership.isLiving(incarnation));
    if (!hasOwner) return { state: unhostedState(record, 'session_moving'), nodeId: null };
    // What a former owner has published is not true any more. Older nodes do not say who they are.
    const isOwners = published !== null && (published.incarnation ?? incarnation) === incarnation;
    return { state: isOwners ? published.state : unhostedState(record), nodeId };
  }
}

export function addressOf({ organization, id: session }: SessionRecord): SessionAddress {
  return { organization, session };
}
