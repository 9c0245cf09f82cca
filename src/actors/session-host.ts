import { type ActorRefFrom, createActor } from 'xstate';
import type { Delay } from '../domain/delay.ts';
import type { Outcome } from '../domain/errors.ts';
import type { Account, SessionAddress, SessionRecord, SessionState, SessionStatus } from '../domain/session.ts';
import { Replies } from './replies.ts';
import type { Answer, Command } from './session/commands.ts';
import type { SessionEvent } from './session/context.ts';
import type { sessionMachine } from './session/machine.ts';
import { type SessionSnapshot, statusOf } from './session/status.ts';

/** How much longer than the session's own deadlines a caller waits for a reply. */
const graceMs = 5_000;

/** Logging out and stopping await the send in flight and the closing of the socket. */
const endingTimeoutMs = 40_000;

export interface HostOptions {
  /** The session machine with its actors provided. */
  machine: typeof sessionMachine;
  record: SessionRecord;
  sendTimeoutMs: number;
  seed: number;
  /** What the session's own delays take their time from. */
  delay: Delay;
  now: () => number;
  /** Called with every new state that differs in status or reason, and the status before. */
  onState: (state: SessionState, previous: SessionStatus, account: Account | null) => void;
  /** Called when the machine itself fails; it is dead then, and its waiters have been refused. */
  onCrash: (error: unknown) => void;
}

/** One session's actor, its waiters, and what can be seen of it from outside. */
export class SessionHost {
  readonly #options: HostOptions;
  readonly #replies: Replies;
  readonly #actor: ActorRefFrom<typeof sessionMachine>;
  #state: SessionState;
  #retryInMs: number | null = null;

  constructor(options: HostOptions) {
    const { machine, record, sendTimeoutMs, seed, delay, now } = options;
    this.#options = options;
    this.#replies = new Replies(delay);
    this.#state = { status: 'stopped', since: record.resting?.since ?? now(), reason: null, nextAttemptAt: null };
    const { id: session, organization, account, resting } = record;
    this.#actor = createActor(machine, {
      id: session,
      input: { organization, session, account, resting, seed, sendTimeoutMs },
      clock: {
        setTimeout: (run, ms) => delay(ms, run),
        clearTimeout: (callOff) => callOff(),
      },
    });
    this.#actor.on('reply', (reply) => this.#replies.settle(reply));
    this.#actor.subscribe({
      next: (snapshot) => this.#observe(snapshot),
      error: (error) => {
        this.#replies.refuseAll();
        options.onCrash(error);
      },
    });
    this.#actor.start();
    this.#observe(this.#actor.getSnapshot());
  }

  get address(): SessionAddress {
    const { organization, id: session } = this.#options.record;
    return { organization, session };
  }

  get state(): SessionState {
    return this.#state;
  }

  /** Hands a command to the session and waits for its reply. */
  ask(command: Command): Promise<Outcome<Answer>> {
    const timeoutMs = Math.max(this.#options.sendTimeoutMs, endingTimeoutMs) + graceMs;
    return this.#replies.ask(command.requestId, timeoutMs, () => this.#actor.send(command));
  }

  /** Lets the session know something that needs no answer. */
  tell(event: Extract<SessionEvent, { type: 'outbox.queued' | 'settings.changed' }>): void {
    this.#actor.send(event);
  }

  /** Ends the actor at once, and its connection with it. */
  end(): void {
    this.#actor.stop();
    this.#replies.refuseAll();
  }

  #observe(snapshot: SessionSnapshot): void {
    const status = statusOf(snapshot);
    const { reason, retryInMs } = snapshot.context;
    const now = this.#options.now();
    const since = status === this.#state.status ? this.#state.since : now;
    const nextAttemptAt = retryInMs === this.#retryInMs ? this.#state.nextAttemptAt : dueAt(now, retryInMs);
    const previous = this.#state.status;
    const isNews = status !== this.#state.status || reason !== this.#state.reason;
    this.#retryInMs = retryInMs;
    this.#state = { status, since, reason, nextAttemptAt };
    if (isNews) this.#options.onState(this.#state, previous, snapshot.context.account);
  }
}

function dueAt(now: number, retryInMs: number | null): number | null {
  return retryInMs === null ? null : now + retryInMs;
}
