import type { Outcome } from '../../domain/errors.ts';
import type { Group } from '../../domain/group.ts';
import type { OutboxRow } from '../../domain/outbox.ts';
import type { Requester } from '../../domain/principal.ts';
import type { LiveAction } from '../socket/port.ts';

/**
 * A synchronous send as the session takes it on: its row with all ids, chosen before anything is tried, and the
 * fingerprint of what the caller asked for (for the row's idempotency key, if it has one).
 */
export interface SendCommand {
  type: 'message.send';
  requestId: string;
  row: OutboxRow;
  fingerprint: string;
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
  | { type: 'session.logout'; requestId: string; asker: Requester }
  | { type: 'session.qr'; requestId: string }
  | { type: 'session.pairingCode'; requestId: string; phone: string }
  | { type: 'session.perform'; requestId: string; action: LiveAction }
  | SendCommand;

/** What an answered command yields. */
export type Answer =
  | { kind: 'done' }
  | { kind: 'linkCode'; code: string; expiresAt: number }
  | { kind: 'sent'; row: OutboxRow }
  /** The idempotency key of the send is in use: another send stands for it, and nothing was done. */
  | { kind: 'claimed' }
  | { kind: 'joined'; groupJid: string }
  | { kind: 'group'; group: Group };

/** Emitted by the session, so that a reply reaches its caller by id and the context stays plain data. */
export interface Reply {
  type: 'reply';
  requestId: string;
  outcome: Outcome<Answer>;
}
