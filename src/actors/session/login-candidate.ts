import type { LoginCandidate } from '../login/login-priority.ts';
import type { SessionContext } from './context.ts';

/** A session as one that wants to log in. */
export function loginCandidateOf({ session, activeAt, queue, waiting, held, current }: SessionContext): LoginCandidate {
  const hasBacklog = queue === 'maybe' || waiting.length > 0 || held.length > 0 || current !== null;
  return { session, hasBacklog, activeAt };
}
