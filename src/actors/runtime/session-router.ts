import type { Outcome } from '../../domain/errors.ts';
import { inactiveState, type SessionAddress, type SessionRecord, type SessionState } from '../../domain/session.ts';
import type { Subscriber } from '../inspection/subscriber.ts';
import type { Answer, Command } from '../session/commands.ts';

/** What the outside asks of a session. */
export type SessionRequest = Exclude<Command, { type: 'session.shutDown' }>;

/** What a session is let know without an answer. */
export type SessionNotification = 'outbox.queued' | 'settings.changed';

/** What a session is doing, and on which node; null while none has it. */
export interface SessionLocation {
  state: SessionState;
  nodeId: string | null;
}

/** Reaches the actors of the sessions, in whatever process they are. */
export interface SessionRouter {
  /** Hands a command to a session and waits for its reply. */
  ask(address: SessionAddress, command: SessionRequest): Promise<Outcome<Answer>>;
  /** Lets a session know something; it finds out by itself, a little later, when that does not get through. */
  tell(address: SessionAddress, notice: SessionNotification): void;
  /**
   * Shows what a session's actors do; yields how to end that. It ends by itself when the session leaves the process
   * that it is in.
   */
  watch(address: SessionAddress, subscriber: Subscriber): Promise<Outcome<() => void>>;
  /** Of several sessions, in the order of their records. */
  locate(records: readonly SessionRecord[]): Promise<SessionLocation[]>;
  /** Gives a new session its actor. */
  open(record: SessionRecord): Promise<void>;
  /** Ends the actor of a session that is deleted. */
  close(address: SessionAddress): Promise<void>;
}

/** The state of a session without an actor; one that is meant to run gets one soon, and `reason` says why it has none. */
export function unhostedState(record: SessionRecord, reason: string | null = null): SessionState {
  const rest = inactiveState(record);
  if (record.resting !== null) return rest;
  return { ...rest, status: record.account === null ? 'pairing' : 'connecting', reason };
}
