import type { SnapshotFrom } from 'xstate';
import { inactiveStatuses, type SessionStatus } from '../../domain/session.ts';
import type { sessionMachine } from './machine.ts';

export type SessionSnapshot = SnapshotFrom<typeof sessionMachine>;

/** The public status. A session that is not linked yet is `pairing` from the moment it starts. */
export function statusOf(snapshot: SessionSnapshot): SessionStatus {
  if (snapshot.matches({ lifecycle: 'stopped' })) return 'stopped';
  if (snapshot.matches({ lifecycle: 'loggedOut' })) return 'logged_out';
  if (snapshot.matches({ lifecycle: 'failed' })) return 'failed';
  if (snapshot.matches({ lifecycle: { online: 'connected' } })) return 'connected';
  if (snapshot.matches({ lifecycle: { online: 'rateLimited' } })) return 'rate_limited';
  if (snapshot.matches({ lifecycle: { online: 'connecting' } }) || snapshot.matches({ lifecycle: 'waking' })) {
    return snapshot.context.account === null ? 'pairing' : 'connecting';
  }
  return 'draining';
}

/** When the session next connects by itself, in epoch milliseconds; null unless it waits for that. */
export function nextAttemptOf(snapshot: SessionSnapshot): number | null {
  const { retryAt, inactive } = snapshot.context;
  return retryAt ?? (snapshot.matches({ lifecycle: 'failed' }) ? (inactive?.retryAt ?? null) : null);
}

/** Since when the session is inactive, as stored, in epoch milliseconds; null while it is active. */
export function inactiveSinceOf(snapshot: SessionSnapshot): number | null {
  const status = statusOf(snapshot);
  return inactiveStatuses.some((each) => each === status) ? snapshot.context.inactiveSince : null;
}
