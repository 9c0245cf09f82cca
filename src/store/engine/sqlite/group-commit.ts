import type { CommitResult } from '../../contract.ts';
import type { CommitPlan } from '../commit-plan.ts';

interface Waiting {
  plan: CommitPlan;
  resolve: (result: CommitResult) => void;
  reject: (reason: unknown) => void;
}

export interface GroupSteps {
  /** Runs the work in one transaction; throws when it was rolled back. */
  transact: <T>(work: () => T) => T;
  /** Applies one commit inside the transaction, after those before it. */
  apply: (plan: CommitPlan) => CommitResult;
}

/**
 * Gathers the commits of one turn of the event loop into one transaction, because flushing the disk costs far more
 * than a commit does. No commit resolves before the transaction is durable; if that fails, all of them reject.
 */
export class GroupCommit {
  readonly #steps: GroupSteps;
  #waiting: Waiting[] = [];

  constructor(steps: GroupSteps) {
    this.#steps = steps;
  }

  add(plan: CommitPlan): Promise<CommitResult> {
    const { promise, resolve, reject } = Promise.withResolvers<CommitResult>();
    if (this.#waiting.push({ plan, resolve, reject }) === 1) setImmediate(() => this.flush());
    return promise;
  }

  /** Applies the waiting commits now, before the turn ends. */
  flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    if (waiting.length > 0) this.#settle(waiting);
  }

  #settle(waiting: readonly Waiting[]): void {
    try {
      const results = this.#steps.transact(() =>
        waiting.map(({ plan, resolve }) => ({ resolve, result: this.#steps.apply(plan) })),
      );
      for (const { resolve, result } of results) resolve(result);
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }
}
