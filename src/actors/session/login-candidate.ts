import type { SessionContext } from './context.ts';

/** A session that wants to log in, with what decides its turn. */
export interface LoginCandidate {
  session: string;
  /** It has something to send. */
  hasBacklog: boolean;
  /** When it last accepted a synchronous send in this process, else when it was last connected; epoch milliseconds. */
  activeAt: number | null;
}

/** A session as a candidate for logging in. */
export function loginCandidateOf(context: SessionContext): LoginCandidate {
  const { session, activeAt, queue, waiting, pendingActions, current } = context;
  const hasBacklog = queue === 'nonEmpty' || waiting.length > 0 || pendingActions.length > 0 || current !== null;
  return { session, hasBacklog, activeAt };
}
