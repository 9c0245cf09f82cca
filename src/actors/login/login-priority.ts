import type { LoginCandidate } from '../session/login-candidate.ts';

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
