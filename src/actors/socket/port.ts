import type { SeenTimer } from '../../domain/chat-timer.ts';
import type { Contact } from '../../domain/contact.ts';
import type { Outcome, Refusal } from '../../domain/errors.ts';
import type { Group } from '../../domain/group.ts';
import type { ReceivedMessage, Vote } from '../../domain/message.ts';
import type { OutboxRow, Receipt } from '../../domain/outbox.ts';
import type { Assertion, PasskeyOptions } from '../../domain/passkey.ts';
import type { ReportedRestriction } from '../../domain/restriction.ts';
import type { Account } from '../../domain/session.ts';

/** An action that needs a connection and is not a send. */
export type LiveAction =
  /** Join the group of an invite code. */
  | { kind: 'joinGroup'; code: string }
  /** Fetch a group. */
  | { kind: 'fetchGroup'; jid: string }
  /** Ask whether a phone number is on WhatsApp. */
  | { kind: 'lookUp'; phone: string };

export type ActionResult =
  | { kind: 'joined'; groupJid: string }
  | { kind: 'group'; group: Group }
  /** Null when the number is not on WhatsApp. */
  | { kind: 'lookedUp'; contact: Contact | null };

/** A message to be marked as read; `sender` is who wrote it, in a group. */
export interface ReadMark {
  id: string;
  chat: string;
  sender: string | null;
}

/** What of a send the socket needs. The message is made of it, so it is all stored with the send. */
export type Outgoing = Pick<OutboxRow, 'waMessageId' | 'to' | 'content' | 'acceptedAt' | 'secret' | 'timer'>;

/**
 * Commands to a session's socket actor. The actor has at most one connection, executes commands in order and answers with
 * {@link SocketEvent}s. It never throws because of the connection.
 */
export type SocketCommand =
  /** Connect: log in with the stored credentials, or begin linking when there are none. */
  | { type: 'socket.open' }
  /** Close the connection. Always answered by `socket.closed` with this reason, also without a connection. */
  | { type: 'socket.close'; reason: CloseReason }
  /** `typingMs`: for how long the recipient sees a typing indicator first; 0: not at all. */
  | ({ type: 'socket.send'; typingMs: number } & Outgoing)
  /** Answered by `socket.performed` with the same id, unless the connection ends before. */
  | { type: 'socket.perform'; requestId: string; action: LiveAction }
  | { type: 'socket.markRead'; message: ReadMark }
  /** Announce the number as online or offline, as the settings of the session say now. */
  | { type: 'socket.updatePresence' }
  /** Request a code to type on the phone with this number; answered by `socket.pairingCode`. */
  | { type: 'socket.requestPairingCode'; phone: string }
  /** Give WhatsApp the proof of a passkey; answered by `socket.passkeyAnswered`, unless the connection ends before. */
  | { type: 'socket.assertPasskey'; assertion: Assertion }
  /** The person has compared the code; answered likewise. */
  | { type: 'socket.confirmPasskey' }
  /** Remove this device from the WhatsApp account; followed by `socket.closed` with reason `logged_out`. */
  | { type: 'socket.unlink' };

/** Events that are stored and appended to the event log. */
export type InboundEvent =
  /** A QR code to scan; a new one replaces it at `expiresAt` (epoch milliseconds). */
  | { type: 'socket.qr'; code: string; expiresAt: number }
  | { type: 'socket.pairingCode'; code: string; expiresAt: number }
  /** The phone that accepted the code needs a passkey to link; an assertion is accepted until `expiresAt`. */
  | { type: 'socket.passkey'; options: PasskeyOptions; expiresAt: number }
  /** The phone shows this code, too: the person compares them before the number is linked. */
  | { type: 'socket.passkeyCode'; code: string; expiresAt: number }
  | { type: 'socket.receipt'; receipts: readonly Receipt[] }
  /** `journal`: the name under which the message is journaled until it is recorded. */
  | { type: 'socket.received'; message: ReceivedMessage; journal: string | null }
  | ({ type: 'socket.voted'; journal: string | null } & Vote)
  /** After how long the messages of a chat disappear. */
  | ({ type: 'socket.timer' } & SeenTimer)
  /** WhatsApp restricts the account, or does not: told at each login, and at each change. */
  | ({ type: 'socket.restricted' } & ReportedRestriction)
  /** Addresses of a person that go together. */
  | { type: 'socket.contact'; contact: Contact }
  /** The present state of a group that is new or has changed. */
  | { type: 'socket.group'; group: Group }
  /** The number is no member of a group any more. */
  | { type: 'socket.groupLeft'; groupJid: string }
  /** All groups that the number is in: it is no member of any other. */
  | { type: 'socket.groupList'; groups: readonly Group[] };

/**
 * Events of a socket actor. Each `socket.open` is followed by exactly one `socket.closed`, which is the last event of its
 * connection.
 */
export type SocketEvent =
  | InboundEvent
  /** A phone has linked this device. The credentials are durable; WhatsApp asks for a restart next. */
  | { type: 'socket.paired'; account: Account }
  /** An assertion or a confirmation was accepted; or why not, and a new `socket.passkey` follows if that can help. */
  | { type: 'socket.passkeyAnswered'; refusal: Refusal | null }
  /** Logged in: sends are possible. */
  | { type: 'socket.opened'; account: Account }
  /** All messages that arrived while the number was offline have been delivered. */
  | { type: 'socket.caughtUp' }
  /** A message is about to be written to this person: `to` of the command is an address of theirs. */
  | { type: 'socket.addressed'; waMessageId: string; contact: Contact }
  /** WhatsApp's server has the message; `timestamp` is its own clock in epoch milliseconds. */
  | { type: 'socket.acknowledged'; waMessageId: string; timestamp: number }
  /** The message was certainly not accepted, with WhatsApp's code or one of ours (`recipient_unknown`). */
  | { type: 'socket.refused'; waMessageId: string; code: string }
  /** The message was certainly not sent: WhatsApp refused, or did not answer, a query for it, which may pass. */
  | { type: 'socket.deferred'; waMessageId: string; code: string }
  | { type: 'socket.performed'; requestId: string; outcome: Outcome<ActionResult> }
  /** `banMs`: how long WhatsApp bans the number, if it says so. */
  | { type: 'socket.closed'; reason: CloseReason; banMs?: number };

/**
 * Why a connection ended. Stable codes: they are part of the API and label metrics. For each: when it happens, what the
 * session does, and what an operator should do. `policyByReason` in `session/policy/reconnect-policy.ts` implements it.
 */
export type CloseReason =
  /** WhatsApp requests a restart (515), after linking above all. Reconnects at once; nothing to do. */
  | 'restart_required'
  /** Silence, a timeout or an unknown code (408). Reconnects with back-off; if it persists, check the network. */
  | 'connection_lost'
  /** Closed or reset by the peer (428). Reconnects with back-off; if frequent, a proxy cuts long connections. */
  | 'connection_closed'
  /** An internal error of WhatsApp (500). Reconnects, after three in a row every 5 minutes; if it persists, link again. */
  | 'server_error'
  /** WhatsApp missed the confirmation of a stanza. Reconnects with back-off; if it persists, update Troupe. */
  | 'stanza_unconfirmed'
  /** WhatsApp is unavailable (503). Reconnects with back-off; wait. */
  | 'service_unavailable'
  /** An HTTP error in place of a WebSocket. Reconnects with back-off; check for a proxy or a captive portal. */
  | 'connect_failed'
  /** No login and no code within 30 s. Reconnects with back-off; check the firewall and the load. */
  | 'connect_timeout'
  /** A send was not acknowledged in time. Reconnects at once and settles that send; nothing to do. */
  | 'ack_timeout'
  /** No phone scanned the code. Stopped; request a new code. */
  | 'qr_expired'
  /** The number needs a passkey to link, and none was given in time. Stopped; have the passkey ready, then link again. */
  | 'passkey_required'
  /** WhatsApp or the phone ended the exchange that follows a passkey. Stopped; link again. */
  | 'passkey_failed'
  /** WhatsApp issued no pairing code. Retries twice, then stopped; check the number, or scan a QR code. */
  | 'pairing_refused'
  /** The store could not be written. Reconnects once it can; make room on the disk, or bring Redis back. */
  | 'store_unavailable'
  /** A bug, or a frame that cannot be decoded. Reconnects with back-off; report it with its log line. */
  | 'crashed'
  /** Stopped by request, or because the process shuts down. */
  | 'stopped'
  /** The phone removed this device, or the session was logged out (401). Logged out; link it again. */
  | 'logged_out'
  /** WhatsApp locked the account (403). Logged out; unlock it on the phone, then link it again. */
  | 'locked'
  /** WhatsApp banned the number (406). Logged out; request a review on the phone. */
  | 'banned'
  /** Another client uses the same login (440). Failed, with a retry after 30 s or 5 minutes; stop the other client. */
  | 'replaced'
  /** WhatsApp refuses this version of the client (405, 409). One session probes every 10 minutes; update Troupe. */
  | 'client_outdated'
  /** The phone does not support linked devices of this kind (411). Failed; update WhatsApp there, then link again. */
  | 'multi_device_mismatch'
  /** The stored credentials cannot be decrypted or parsed. Failed; restore a backup, or log out and link again. */
  | 'credentials_unreadable'
  /** WhatsApp banned the number for a time (402). Failed until the ban ends; send less afterwards. */
  | 'temporarily_banned';
