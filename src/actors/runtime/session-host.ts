import { type ActorRefFrom, createActor } from 'xstate';
import type { ScheduleTimer } from '../../domain/clock.ts';
import type { Outcome } from '../../domain/errors.ts';
import {
  type Account,
  inactiveState,
  type SessionAddress,
  type SessionRecord,
  type SessionState,
  type SessionStatus,
} from '../../domain/session.ts';
import { viewOf } from '../inspection/inspect-actor.ts';
import { InspectionBroadcast } from '../inspection/inspection-broadcast.ts';
import type { Subscriber } from '../inspection/subscriber.ts';
import type { Answer, Command } from '../session/commands.ts';
import type { SessionEvent, SessionInput } from '../session/context.ts';
import type { sessionMachine } from '../session/machine.ts';
import { inactiveSinceOf, nextAttemptOf, type SessionSnapshot, statusOf } from '../session/status.ts';
import { PendingReplies, unanswered } from './pending-replies.ts';

/** How much longer than the session's own deadlines a caller waits for a reply. */
const graceMs = 5_000;

/** Logging out and stopping await the send in flight and the closing of the socket. */
const endingTimeoutMs = 40_000;

export interface HostOptions {
  /** The session machine with its actors provided. */
  machine: typeof sessionMachine;
  record: SessionRecord;
  sendTimeoutMs: number;
  /** Whether it is known to have something to send. */
  hasBacklog: boolean;
  /** What clients have last seen of it; null when that is not known. */
  published: SessionState | null;
  seed: number;
  /** What the session's own delays take their time from. */
  delay: ScheduleTimer;
  now: () => number;
  /** Called with every new state that differs in status, reason or the next attempt that is due, and the status before. */
  onState: (state: SessionState, previous: SessionStatus, account: Account | null) => void;
  /** Called when the machine itself fails; it is dead then, and its waiters have been refused. */
  onCrash: (error: unknown) => void;
}

/** One session's actor, its waiters, and what can be seen of it from outside. */
export class SessionHost {
  readonly #options: HostOptions;
  readonly #replies: PendingReplies;
  readonly #actor: ActorRefFrom<typeof sessionMachine>;
  readonly #broadcast: InspectionBroadcast;
  #state: SessionState;

  constructor(options: HostOptions) {
    const { machine, record, hasBacklog, published, sendTimeoutMs, seed, delay, now } = options;
    this.#options = options;
    this.#replies = new PendingReplies(delay);
    this.#state = published ?? inactiveState(record);
    this.#actor = createActor(machine, {
      id: record.id,
      input: inputOf(record, { hasBacklog, seed, sendTimeoutMs }),
      clock: { setTimeout: (run, ms) => delay(ms, run), clearTimeout: (cancel) => cancel() },
    });
    this.#broadcast = new InspectionBroadcast(viewOf(record.id, this.#actor, now));
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
    // A machine that has failed would let the caller wait for nothing.
    if (this.#actor.getSnapshot().status !== 'active') return Promise.resolve(unanswered());
    const timeoutMs = Math.max(this.#options.sendTimeoutMs, endingTimeoutMs) + graceMs;
    return this.#replies.ask(command.requestId, timeoutMs, () => this.#actor.send(command));
  }

  /** Lets the session know something that needs no answer. */
  tell(event: Extract<SessionEvent, { type: 'outbox.queued' | 'settings.changed' | 'store.failed' }>): void {
    this.#actor.send(event);
  }

  /** Shows what the actor does until it ends, or until what is returned is called. */
  watch(subscriber: Subscriber): () => void {
    return this.#broadcast.add(subscriber);
  }

  /** Ends the actor at once, and its connection with it. */
  end(): void {
    this.#actor.stop();
    this.#replies.refuseAll();
    this.#broadcast.end();
  }

  #observe(snapshot: SessionSnapshot): void {
    const status = statusOf(snapshot);
    const { reason, account } = snapshot.context;
    const { status: previous, since } = this.#state;
    const state: SessionState = {
      status,
      since: inactiveSinceOf(snapshot) ?? (status === previous ? since : this.#options.now()),
      reason,
      nextAttemptAt: nextAttemptOf(snapshot),
    };
    const isNews = isChange(this.#state, state);
    this.#state = state;
    if (isNews) this.#options.onState(state, previous, account);
  }
}

/** That an attempt is not awaited any more because it has begun is no news. */
function isChange(before: SessionState, { status, reason, nextAttemptAt }: SessionState): boolean {
  if (status !== before.status || reason !== before.reason) return true;
  return nextAttemptAt !== null && nextAttemptAt !== before.nextAttemptAt;
}

function inputOf(
  record: SessionRecord,
  { hasBacklog, ...rest }: Pick<HostOptions, 'hasBacklog' | 'seed' | 'sendTimeoutMs'>,
): SessionInput {
  const { id: session, organization, account, resting, lastConnectedAt } = record;
  return {
    organization,
    session,
    account,
    resting: resting === null ? null : { ...resting, retryAt: resting.retryAt ?? null },
    queue: hasBacklog ? 'nonEmpty' : 'unknown',
    activeAt: lastConnectedAt,
    ...rest,
  };
}
