import type { ScheduleTimer } from '../../domain/clock.ts';
import type { Outcome } from '../../domain/errors.ts';
import { refused } from '../../domain/errors.ts';
import type { Answer, Reply } from '../session/commands.ts';

/**
 * Brings replies to those who wait for them, by request id; one for each session. A waiter that gets no reply in time
 * is refused all the same, so that no caller waits for ever on a session that is gone.
 */
export class PendingReplies {
  readonly #delay: ScheduleTimer;
  readonly #waiters = new Map<string, (outcome: Outcome<Answer>) => void>();

  constructor(delay: ScheduleTimer) {
    this.#delay = delay;
  }

  /** Waits for the reply to a request; `send` hands the command over. */
  ask(requestId: string, timeoutMs: number, send: () => void): Promise<Outcome<Answer>> {
    return new Promise((resolve) => {
      const expire = (): void => this.settle({ type: 'reply', requestId, outcome: unanswered() });
      const callOff = this.#delay(timeoutMs, expire);
      this.#waiters.set(requestId, (outcome) => {
        callOff();
        resolve(outcome);
      });
      send();
    });
  }

  /** Hands a reply to its waiter, if there still is one. */
  settle({ requestId, outcome }: Reply): void {
    const waiter = this.#waiters.get(requestId);
    this.#waiters.delete(requestId);
    waiter?.(outcome);
  }

  /** Refuses everybody who still waits: the session is gone. */
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
