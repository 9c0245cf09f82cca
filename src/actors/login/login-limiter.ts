import { type EventObject, fromCallback } from 'xstate';
import type { Clock } from '../../domain/clock.ts';
import type { LoginCandidate } from '../session/login-candidate.ts';
import { highestPriority } from './login-priority.ts';

/** Logins that may be in progress at the same time in this process. */
const maxConcurrent = 10;

/** Logins that may begin in any window, unless a rate is given. */
const defaultMaxStarts = 5;
const windowMs = 1_000;

/** A session that has waited this long comes first, so that others with a backlog cannot starve it. */
const maxPassedOverMs = 60_000;

export interface LoginLimiterDeps {
  /** Never set back. */
  clock: Clock;
  /** Whether a session may log in now, apart from the limits. */
  admits: (session: string) => boolean;
  /** Logins of this process that may begin in a second; may change over time. */
  startsPerSecond?: (() => number) | undefined;
  /** Called when a session is admitted, with how long it waited. */
  onAdmitted?: (session: string, waitedMs: number) => void;
}

/** Start times that are remembered; the most logins that may begin in a window. */
const maxRemembered = 20;

interface Waiting {
  candidate: LoginCandidate;
  since: number;
  tell: (event: { type: 'login.granted' | 'login.refused' }) => void;
}

/**
 * Limits concurrent logins and their rate, so that many sessions at once neither flood WhatsApp nor starve the rest of
 * the process. Each session's machine invokes `actor` while it connects, which occupies a slot until it stops. Sessions
 * with a backlog come first, then the most recently active. As each login ends within its deadlines, the queue always
 * moves. It is no statechart because it only keeps the sets of waiting and active sessions, synchronously: the states of
 * a login are the session machine's.
 */
export class LoginLimiter {
  readonly #deps: LoginLimiterDeps;
  readonly #waiting = new Set<Waiting>();
  readonly #active = new Set<Waiting>();
  /** When the latest logins began, oldest first. */
  #starts: readonly number[] = [];
  #cancelTimer: (() => void) | undefined;
  #gate: 'open' | 'closed' = 'open';

  constructor(deps: LoginLimiterDeps) {
    this.#deps = deps;
  }

  readonly actor = fromCallback<EventObject, LoginCandidate>(({ input: candidate, sendBack }) => {
    const waiting: Waiting = { candidate, since: this.#deps.clock.now(), tell: sendBack };
    this.#waiting.add(waiting);
    if (this.#deps.admits(candidate.session)) this.#admit();
    else this.#refuse(waiting);
    return () => this.#leave(waiting);
  });

  /** Refuses all waiting sessions that may no longer log in. */
  review(): void {
    for (const waiting of this.#waiting) if (!this.#deps.admits(waiting.candidate.session)) this.#refuse(waiting);
  }

  /** Admits no session until {@link open}; those already admitted continue. */
  close(): void {
    this.#gate = 'closed';
  }

  open(): void {
    this.#gate = 'open';
    this.#admit();
  }

  #refuse(waiting: Waiting): void {
    this.#waiting.delete(waiting);
    waiting.tell({ type: 'login.refused' });
  }

  #leave(waiting: Waiting): void {
    this.#waiting.delete(waiting);
    this.#active.delete(waiting);
    this.#admit();
  }

  #admit(): void {
    this.#cancelTimer?.();
    while (this.#gate === 'open' && this.#waiting.size > 0 && this.#active.size < maxConcurrent) {
      const waitMs = this.#untilNextStart();
      if (waitMs > 0) {
        this.#cancelTimer = this.#deps.clock.after(Math.ceil(waitMs), () => this.#admit());
        return;
      }
      this.#grant();
    }
  }

  #untilNextStart(): number {
    const oldest = this.#starts.at(-this.#maxStarts);
    return oldest === undefined ? 0 : oldest + windowMs - this.#deps.clock.now();
  }

  get #maxStarts(): number {
    return this.#deps.startsPerSecond?.() ?? defaultMaxStarts;
  }

  #grant(): void {
    const next = this.#next();
    if (next === undefined) return;
    this.#starts = [...this.#starts, this.#deps.clock.now()].slice(-maxRemembered);
    this.#waiting.delete(next);
    this.#active.add(next);
    this.#deps.onAdmitted?.(next.candidate.session, this.#deps.clock.now() - next.since);
    next.tell({ type: 'login.granted' });
  }

  #next(): Waiting | undefined {
    const [longest] = this.#waiting;
    const hasWaitedLong = longest !== undefined && this.#deps.clock.now() - longest.since >= maxPassedOverMs;
    return hasWaitedLong ? longest : highestPriority(this.#waiting);
  }
}
