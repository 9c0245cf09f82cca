import type { SessionAddress, SessionRecord } from '../../domain/session.ts';
import type { OwnerEntry, SessionOwners } from '../../store/records/cluster/session-owners.ts';
import type { PublishedState, SessionStates } from '../../store/records/sessions/session-states.ts';
import { type SessionLocation, unhostedState } from '../runtime/session-router.ts';
import type { Supervisor } from '../runtime/supervisor.ts';
import type { Membership } from './membership/membership.ts';

export interface SessionLocatorDeps {
  owners: Pick<SessionOwners, 'findMany'>;
  states: Pick<SessionStates, 'findMany'>;
  supervisor: Pick<Supervisor, 'find'>;
  membership: Pick<Membership, 'nodeId' | 'isLive'>;
}

/** Finds the node and the state of sessions: local ones from their actors, remote ones from what their owners publish. */
export class SessionLocator {
  readonly #deps: SessionLocatorDeps;

  constructor(deps: SessionLocatorDeps) {
    this.#deps = deps;
  }

  /** One location for each record, in the same order. Rejects when the store does. */
  async locate(records: readonly SessionRecord[]): Promise<SessionLocation[]> {
    const { supervisor, owners, states, membership } = this.#deps;
    const remote = records.filter(({ id }) => supervisor.find(id) === undefined).map(addressOf);
    const indexes = new Map(remote.map(({ session }, index) => [session, index]));
    const [found, published] = await Promise.all([owners.findMany(remote), states.findMany(remote)]);
    return Promise.all(
      records.map(async (record) => {
        const state = supervisor.find(record.id)?.state;
        if (state !== undefined) return { state, nodeId: membership.nodeId };
        const index = indexes.get(record.id) ?? -1;
        return this.#remoteLocation(record, found[index] ?? null, published[index] ?? null);
      }),
    );
  }

  async #remoteLocation(
    record: SessionRecord,
    found: OwnerEntry | null,
    published: PublishedState | null,
  ): Promise<SessionLocation> {
    const { incarnation = null, nodeId = null } = found?.owner ?? {};
    const hasOwner = incarnation !== null && (await this.#deps.membership.isLive(incarnation));
    if (!hasOwner) return { state: unhostedState(record, 'session_moving'), nodeId: null };
    // A state that a former owner published is outdated. Nodes of earlier releases publish no incarnation.
    const isCurrent = published !== null && (published.incarnation ?? incarnation) === incarnation;
    return { state: isCurrent ? published.state : unhostedState(record), nodeId };
  }
}

export function addressOf({ organization, id: session }: SessionRecord): SessionAddress {
  return { organization, session };
}
