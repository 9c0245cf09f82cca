import { type EventObject, fromCallback } from 'xstate';
import type { Clock } from '../../domain/clock.ts';
import type { LoginCandidate } from '../session/login-candidate.ts';
import { highestPriority } from './login-priority.ts';

/** Logins that may be in progress at the same time in this process. */
const maxConcurrent = 10;

/** Logins that may begin in any window, unless the others are to be heeded, too. */
const defaultMaxStarts = 5;
const windowMs = 1_000;

/** Whoever has waited so long goes before everybody who has not, so that a backlog elsewhere keeps nobody out. */
const maxPassedOverMs = 60_000;

export interface LoginLimiterDeps {
  /** Never set back. */
  clock: Clock;
  /** Whether a session may log in at all at the moment. */
  admits: (session: string) => boolean;
  /** Logins of this process that may begin in a second; it may change. */
  startsPerSecond?: (() => number) | undefined;
  /** A session may log in now, after waiting for so long. */
  onAdmitted?: (session: string, waitedMs: number) => void;
}

/** Logins whose beginning is remembered; no more may begin in a window. */
const maxRemembered = 20;

interface Waiting {
  candidate: LoginCandidate;
  since: number;
  tell: (event: { type: 'login.granted' | 'login.refused' }) => void;
}

/**
 * Limits the logins, so that many sessions at once neither flood WhatsApp nor starve the rest of the process. Each
 * session's machine invokes `actor` while it connects; the place is freed when that ends. Sessions with a backlog go
 * first, then those that were active last. As each login ends within its deadlines, the queue always moves.
 */
export class LoginLimiter {
  readonly #deps: LoginLimiterDeps;
  readonly #waiting = new Set<Waiting>();
  readonly #active = new Set<Waiting>();
  /** When the latest logins began, oldest first. */
  #starts: readonly number[] = [];
  #callOff: (() => void) | undefined;
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

  /** Sends everybody away who may not log in any more. */
  review(): void {
    for (const waiting of this.#waiting) if (!this.#deps.admits(waiting.candidate.session)) this.#refuse(waiting);
  }

  /** Admits nobody until {@link open}; who was admitted before stays so. */
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
    this.#callOff?.();
    while (this.#gate === 'open' && this.#waiting.size > 0 && this.#active.size < maxConcurrent) {
      const waitMs = this.#untilNextStart();
      if (waitMs > 0) {
        this.#callOff = this.#deps.clock.after(Math.ceil(waitMs), () => this.#admit());
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
