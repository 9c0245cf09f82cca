/** A session that wants to log in, with what decides its turn. */
export interface LoginCandidate {
  session: string;
  /** It has something to send. */
  hasBacklog: boolean;
  /** When it last took on a synchronous send in this life, else when it was last connected; epoch milliseconds. */
  activeAt: number | null;
}

/** Whether the first has its turn before the second: a backlog comes first, then the later activity. */
export function hasPriorityOver(one: LoginCandidate, other: LoginCandidate): boolean {
  if (one.hasBacklog !== other.hasBacklog) return one.hasBacklog;
  return (one.activeAt ?? 0) > (other.activeAt ?? 0);
}

/** The one whose turn it is; of equals, the earliest in the order given. */
export function highestPriority<T extends { applicant: LoginCandidate }>(waiting: Iterable<T>): T | undefined {
  let first: T | undefined;
  for (const one of waiting) if (first === undefined || hasPriorityOver(one.applicant, first.applicant)) first = one;
  return first;
}
