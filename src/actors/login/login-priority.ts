import type { SessionContext } from '../session/context.ts';

/** A session that wants to log in, with what decides its turn. */
export interface LoginCandidate {
  session: string;
  /** It has something to send. */
  hasBacklog: boolean;
  /** When it last took on a synchronous send in this life, else when it was last connected; epoch milliseconds. */
  activeAt: number | null;
}

/** A session as a candidate for logging in. */
export function loginCandidateOf({ session, activeAt, queue, waiting, held, current }: SessionContext): LoginCandidate {
  const hasBacklog = queue === 'maybe' || waiting.length > 0 || held.length > 0 || current !== null;
  return { session, hasBacklog, activeAt };
}

/** Whether the first has its turn before the second: a backlog comes first, then the later activity. */
export function hasPriorityOver(one: LoginCandidate, other: LoginCandidate): boolean {
  if (one.hasBacklog !== other.hasBacklog) return one.hasBacklog;
  return (one.activeAt ?? 0) > (other.activeAt ?? 0);
}

/** The one whose turn it is; of equals, the earliest in the order given. */
export function highestPriority<T extends { candidate: LoginCandidate }>(waiting: Iterable<T>): T | undefined {
  let first: T | undefined;
  for (const one of waiting) if (first === undefined || hasPriorityOver(one.candidate, first.candidate)) first = one;
  return first;
}
