import type { Outcome } from '../../domain/errors.ts';
import type { Content } from '../../domain/message.ts';
import type { OutboxRow } from '../../domain/outbox.ts';

/** A send as the session takes it on: ids are chosen at acceptance, before anything is tried. */
export interface SendCommand {
  type: 'message.send';
  requestId: string;
  send: { outboxId: string; waMessageId: string; to: string; content: Content; acceptedAt: number };
}

/**
 * What a session can be asked. Every command is answered by exactly one {@link Reply} with its `requestId`,
 * in every state.
 */
export type Command =
  | { type: 'session.start'; requestId: string }
  /** Disconnect and stay stopped; answered when the socket is closed and the wish is stored. */
  | { type: 'session.stop'; requestId: string }
  /** Disconnect because the process ends; the session is still meant to run. */
  | { type: 'session.shutDown'; requestId: string }
  /** Unlink from the account and forget the credentials. */
  | { type: 'session.logout'; requestId: string }
  | { type: 'session.qr'; requestId: string }
  | { type: 'session.pairingCode'; requestId: string; phone: string }
  | SendCommand;

/** What an answered command yields: nothing, a code for linking, or the row of a send. */
export type Answer =
  | { kind: 'done' }
  | { kind: 'linkCode'; code: string; expiresAt: number }
  | { kind: 'sent'; row: OutboxRow };

/** Emitted by the session, so that a reply reaches its caller by id and the context stays plain data. */
export interface Reply {
  type: 'reply';
  requestId: string;
  outcome: Outcome<Answer>;
}
