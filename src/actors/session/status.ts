import type { SnapshotFrom } from 'xstate';
import { inactiveStatuses, type SessionStatus } from '../../domain/session.ts';
import type { sessionMachine } from './machine.ts';

export type SessionSnapshot = SnapshotFrom<typeof sessionMachine>;

/** The status that users see. A session that has no number yet is `pairing` from the moment it starts. */
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

/** When the session connects again by itself, in epoch milliseconds; null unless it waits for that. */
export function nextAttemptOf(snapshot: SessionSnapshot): number | null {
  const { retryAt, rest } = snapshot.context;
  return retryAt ?? (snapshot.matches({ lifecycle: 'failed' }) ? (rest?.retryAt ?? null) : null);
}

/** Since when the session rests, as stored, in epoch milliseconds; null unless it does. */
export function restingSinceOf(snapshot: SessionSnapshot): number | null {
  const status = statusOf(snapshot);
  return inactiveStatuses.some((each) => each === status) ? snapshot.context.restingSince : null;
}
