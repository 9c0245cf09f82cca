import type { ScheduleTimer } from '../../domain/clock.ts';
import type { Outcome } from '../../domain/errors.ts';
import { refused } from '../../domain/errors.ts';
import type { Answer, Reply } from '../session/commands.ts';

/**
 * The requests of a session that wait for their reply, by request id. One without a reply in time is refused, so that no
 * caller waits for ever on a session that is gone.
 */
export class PendingReplies {
  readonly #delay: ScheduleTimer;
  readonly #waiters = new Map<string, (outcome: Outcome<Answer>) => void>();

  constructor(delay: ScheduleTimer) {
    this.#delay = delay;
  }

  /** Waits for the reply to a request; `send` passes the command to the session. */
  ask(requestId: string, timeoutMs: number, send: () => void): Promise<Outcome<Answer>> {
    return new Promise((resolve) => {
      const expire = (): void => this.settle({ type: 'reply', requestId, outcome: unanswered() });
      const cancel = this.#delay(timeoutMs, expire);
      this.#waiters.set(requestId, (outcome) => {
        cancel();
        resolve(outcome);
      });
      send();
    });
  }

  /** Passes a reply to its waiter, if there still is one. */
  settle({ requestId, outcome }: Reply): void {
    const waiter = this.#waiters.get(requestId);
    this.#waiters.delete(requestId);
    waiter?.(outcome);
  }

  /** Refuses all waiting requests, as the session is gone. */
  refuseAll(): void {
    for (const requestId of [...this.#waiters.keys()]) {
      this.settle({ type: 'reply', requestId, outcome: unanswered() });
    }
  }
}

/** The answer of a session that gives none. */
export function unanswered(): Outcome<Answer> {
  return refused({
    code: 'unavailable',
    message: 'the session did not answer; whether the request was carried out is not known',
    details: { reason: 'session_unresponsive' },
    retryAfterMs: 5_000,
  });
}
