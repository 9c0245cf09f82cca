import type { Contact } from '../../domain/contact.ts';
import type { Outcome } from '../../domain/errors.ts';
import type { Group } from '../../domain/group.ts';
import type { OutboxRow } from '../../domain/outbox.ts';
import type { Assertion, Passkey } from '../../domain/passkey.ts';
import type { Requester } from '../../domain/principal.ts';
import type { LiveAction } from '../socket/port.ts';

/**
 * A synchronous send: its row with all ids, which are chosen before the first attempt, and the fingerprint of the
 * caller's request (for the row's idempotency key, if it has one).
 */
export interface SendCommand {
  type: 'message.send';
  requestId: string;
  row: OutboxRow;
  fingerprint: string;
}

/**
 * A request to a session. Every command is answered by exactly one {@link Reply} with its `requestId`, in every state.
 */
export type Command =
  | { type: 'session.start'; requestId: string }
  /** Disconnect and stay stopped; answered when the socket is closed and the intent is stored. */
  | { type: 'session.stop'; requestId: string }
  /** Disconnect because the process ends; the session is still meant to run. */
  | { type: 'session.shutDown'; requestId: string }
  /** Unlink from the account and forget the credentials. */
  | { type: 'session.logout'; requestId: string; asker: Requester }
  | { type: 'session.qr'; requestId: string }
  | { type: 'session.pairingCode'; requestId: string; phone: string }
  /** What WhatsApp asks of the person's passkey, and how far that has come. */
  | { type: 'session.passkey'; requestId: string }
  | { type: 'session.assertPasskey'; requestId: string; assertion: Assertion }
  | { type: 'session.confirmPasskey'; requestId: string }
  | { type: 'session.perform'; requestId: string; action: LiveAction }
  | SendCommand;

/** The result of a command that was not refused. */
export type Answer =
  | { kind: 'done' }
  | { kind: 'linkCode'; code: string; expiresAt: number }
  | { kind: 'passkey'; passkey: Passkey }
  | { kind: 'sent'; row: OutboxRow }
  /** Nothing was done: another send has the idempotency key. */
  | { kind: 'claimed' }
  | { kind: 'joined'; groupJid: string }
  | { kind: 'group'; group: Group }
  /** Null when the number is not on WhatsApp. */
  | { kind: 'lookedUp'; contact: Contact | null };

/** Emitted by the session; callers are found by `requestId`, so the context stays plain data. */
export interface Reply {
  type: 'reply';
  requestId: string;
  outcome: Outcome<Answer>;
}
