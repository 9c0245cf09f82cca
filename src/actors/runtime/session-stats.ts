import type { ScheduleTimer } from '../../domain/clock.ts';
import type { SessionStatus } from '../../domain/session.ts';
import type { Store } from '../../store/contract.ts';
import { type Backlog, backlogOf } from '../../store/records/outbox/outbox-queue.ts';
import type { InFlightSends } from '../outbox/in-flight-sends.ts';
import type { Supervisor } from './supervisor.ts';

/** Figures about the sessions of this process, computed when they are read. */
export interface SessionStats {
  /** How many sessions have each status; one that none has is left out. */
  statuses(): ReadonlyMap<SessionStatus, number>;
  /** What the sessions have queued. Rejects when the store does. */
  backlog(): Promise<Backlog>;
  /** Sends that were handed to a socket longer ago than that, and are not settled. */
  unacknowledged(forMs: number): number;
}

export interface SessionStatsDeps {
  store: Pick<Store, 'list'>;
  supervisor: Pick<Supervisor, 'addresses' | 'find'>;
  inFlight: InFlightSends;
  delay: ScheduleTimer;
  /** Epoch milliseconds. */
  now: () => number;
}

export function sessionStats({ store, supervisor, inFlight, delay, now }: SessionStatsDeps): SessionStats {
  /** Lets the rest of the process have its turn. */
  const rest = (): Promise<void> => new Promise((resolve) => void delay(0, resolve));
  return {
    statuses: () => {
      const counts = new Map<SessionStatus, number>();
      for (const { session } of supervisor.addresses()) {
        const status = supervisor.find(session)?.state.status;
        if (status !== undefined) counts.set(status, (counts.get(status) ?? 0) + 1);
      }
      return counts;
    },
    backlog: async () => {
      const total: Backlog = { depth: 0, oldestAt: null };
      for (const [organization, sessions] of byOrganization(supervisor)) {
        const { depth, oldestAt } = await backlogOf(store, organization, { sessions, rest });
        total.depth += depth;
        if (oldestAt !== null) total.oldestAt = Math.min(total.oldestAt ?? oldestAt, oldestAt);
      }
      return total;
    },
    unacknowledged: (forMs) => inFlight.countBefore(now() - forMs, (session) => supervisor.find(session) !== undefined),
  };
}

function byOrganization(supervisor: Pick<Supervisor, 'addresses'>): Map<string, Set<string>> {
  const organizations = new Map<string, Set<string>>();
  for (const { organization, session } of supervisor.addresses()) {
    const sessions = organizations.get(organization) ?? new Set();
    organizations.set(organization, sessions.add(session));
  }
  return organizations;
}
