import type { Logger } from 'pino';
import { type EventObject, fromCallback } from 'xstate';
import type { Clock } from '../../domain/clock.ts';
import type { LoginCandidate } from '../session/login-candidate.ts';
import { probeIntervalMs } from '../session/policy/inactive-policy.ts';
import { highestPriority } from './login-priority.ts';

/** The actor's input: the waiting session, and the next attempt that it knows of (epoch milliseconds). */
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
  /** One session probes; without a result the next one does at `until`. */
  | { kind: 'probing'; session: string; until: number };

/**
 * The circuit breaker for logins. When WhatsApp refuses this version of the client (405, 409), it does so for every
 * session of the process: while the breaker is open, only one session every ten minutes logs in, as a probe. The others
 * wait here, inactive, for their turn to probe or for a login that succeeds (`circuit.passed`). It is no statechart
 * because it is bookkeeping for many sessions whose admission ({@link admits}) must be decided synchronously; each
 * session's own wait is a state of its machine.
 */
export class ClientVersionBreaker {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #waiters = new Set<Waiter>();
  #state: State = { kind: 'closed' };
  #cancelTimer: (() => void) | undefined;
  /** Called when the breaker opens. */
  onOpen: () => void = () => undefined;

  /** @param clock in epoch milliseconds */
  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Keeps a session that was refused or not admitted; the first one opens the breaker. */
  readonly actor = fromCallback<EventObject, BreakerInput>(({ input, sendBack }) => {
    const waiter: Waiter = { ...input, tell: sendBack };
    this.#join(waiter);
    return () => this.#leave(waiter);
  });

  /** Whether a session may log in now. When a probe is due, the session that asks first becomes the probe. */
  admits(session: string): boolean {
    const state = this.#state;
    if (state.kind === 'closed') return true;
    if (state.kind === 'probing' && state.session === session) return true;
    const dueAt = state.kind === 'open' ? state.probeAt : state.until;
    if (dueAt > this.#clock.now()) return false;
    this.allowProbe(session);
    return true;
  }

  /** Makes a session the probe before one is due, as its operator has asked for it. */
  allowProbe(session: string): void {
    if (this.#state.kind === 'closed') return;
    this.#move({ kind: 'probing', session, until: this.#clock.now() + probeIntervalMs });
  }

  /** To be called when a login has succeeded. */
  close(): void {
    if (this.#state.kind === 'closed') return;
    this.#state = { kind: 'closed' };
    this.#cancelTimer?.();
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
    if (this.#waiters.size === 0) this.#cancelTimer?.();
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

  /** Schedules the next probe and reports its time to all waiting sessions. */
  #schedule(): void {
    const state = this.#state;
    this.#cancelTimer?.();
    if (state.kind === 'closed' || this.#waiters.size === 0) return;
    const at = state.kind === 'open' ? state.probeAt : state.until;
    for (const waiter of this.#waiters) waiter.tell({ type: 'breaker.scheduled', at });
    this.#cancelTimer = this.#clock.after(Math.max(0, at - this.#clock.now()), () => this.#probe());
  }

  #probe(): void {
    const next = highestPriority(this.#waiters);
    if (next === undefined) return;
    this.allowProbe(next.candidate.session);
    next.tell({ type: 'breaker.passed' });
  }
}
