import type { Logger } from 'pino';
import { type EventObject, fromCallback } from 'xstate';
import type { Clock } from '../../domain/clock.ts';
import type { LoginCandidate } from '../session/login-candidate.ts';
import { probeIntervalMs } from '../session/policy/inactive-policy.ts';
import { highestPriority } from './login-priority.ts';

/** Its actor's input: who waits, and when it may be tried next as far as it knows (epoch milliseconds). */
export interface BreakerInput {
  candidate: LoginCandidate;
  until: number | null;
}

interface Waiter extends BreakerInput {
  tell: (event: { type: 'breaker.passed' } | { type: 'breaker.scheduled'; at: number }) => void;
}

type State =
  | { kind: 'closed' }
  /** WhatsApp refuses this client. */
  | { kind: 'open'; probeAt: number }
  /** One session tries; if nothing is heard of it, the next one does at `until`. */
  | { kind: 'probing'; session: string; until: number };

/**
 * WhatsApp has refused this version of the client (405, 409), so it refuses it to every session of the process: while
 * this circuit is open nobody logs in but one session every ten minutes, to try. Sessions wait here, resting, for
 * their turn to try (`breaker.passed`), or for a login that succeeds and lets all of them go on.
 */
export class ClientVersionBreaker {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #waiters = new Set<Waiter>();
  #state: State = { kind: 'closed' };
  #callOff: (() => void) | undefined;
  /** Called when the circuit opens. */
  onOpen: () => void = () => undefined;

  /** @param clock in epoch milliseconds */
  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Holds a session that was refused, or that was not let in; the first one opens the circuit. */
  readonly actor = fromCallback<EventObject, BreakerInput>(({ input, sendBack }) => {
    const waiter: Waiter = { ...input, tell: sendBack };
    this.#join(waiter);
    return () => this.#leave(waiter);
  });

  /** Whether a session may log in now. Without anybody who waits, whoever comes when a try is due tries. */
  admits(session: string): boolean {
    const state = this.#state;
    if (state.kind === 'closed') return true;
    if (state.kind === 'probing' && state.session === session) return true;
    const dueAt = state.kind === 'open' ? state.probeAt : state.until;
    if (dueAt > this.#clock.now()) return false;
    this.allowProbe(session);
    return true;
  }

  /** This session tries next, whenever that would be due: its operator has asked for it. */
  allowProbe(session: string): void {
    if (this.#state.kind === 'closed') return;
    this.#move({ kind: 'probing', session, until: this.#clock.now() + probeIntervalMs });
  }

  /** A login has succeeded. */
  close(): void {
    if (this.#state.kind === 'closed') return;
    this.#state = { kind: 'closed' };
    this.#callOff?.();
    this.#logger.info('WhatsApp accepts this version of the client again');
    for (const waiter of this.#waiters) waiter.tell({ type: 'breaker.passed' });
  }

  #join(waiter: Waiter): void {
    this.#waiters.add(waiter);
    const state = this.#state;
    const at = waiter.until ?? 0;
    if (state.kind === 'closed' && at <= this.#clock.now()) waiter.tell({ type: 'breaker.passed' });
    else if (state.kind === 'closed') this.#open(at);
    else if (state.kind === 'probing' && state.session === waiter.candidate.session) this.#refuseProbe();
    else this.#schedule();
  }

  #leave(waiter: Waiter): void {
    this.#waiters.delete(waiter);
    if (this.#waiters.size === 0) this.#callOff?.();
  }

  #open(probeAt: number): void {
    this.#logger.error(
      { nextAttemptAt: probeAt },
      'WhatsApp refuses this version of the client: update Troupe; one session tries again every 10 minutes',
    );
    this.#move({ kind: 'open', probeAt });
    this.onOpen();
  }

  #refuseProbe(): void {
    this.#logger.warn('WhatsApp still refuses this version of the client');
    this.#move({ kind: 'open', probeAt: this.#clock.now() + probeIntervalMs });
  }

  #move(state: State): void {
    this.#state = state;
    this.#schedule();
  }

  /** Tells those who wait when the next one of them tries, and sees to it. */
  #schedule(): void {
    const state = this.#state;
    this.#callOff?.();
    if (state.kind === 'closed' || this.#waiters.size === 0) return;
    const at = state.kind === 'open' ? state.probeAt : state.until;
    for (const waiter of this.#waiters) waiter.tell({ type: 'breaker.scheduled', at });
    this.#callOff = this.#clock.after(Math.max(0, at - this.#clock.now()), () => this.#probe());
  }

  #probe(): void {
    const next = highestPriority(this.#waiters);
    if (next === undefined) return;
    this.allowProbe(next.candidate.session);
    next.tell({ type: 'breaker.passed' });
  }
}
