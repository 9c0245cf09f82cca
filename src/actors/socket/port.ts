import type { Outcome } from '../../domain/errors.ts';
import type { Group } from '../../domain/group.ts';
import type { ReceivedMessage } from '../../domain/message.ts';
import type { OutboxRow, Receipt } from '../../domain/outbox.ts';
import type { Account } from '../../domain/session.ts';

/** Something to be done on WhatsApp now, which leaves nothing to be sent later. */
export type LiveAction =
  /** Join the group of an invite code. */
  | { kind: 'joinGroup'; code: string }
  /** Look a group up. */
  | { kind: 'fetchGroup'; jid: string };

export type ActionResult = { kind: 'joined'; groupJid: string } | { kind: 'group'; group: Group };

/** A message to be marked as read; `sender` is who wrote it, in a group. */
export interface ReadMark {
  id: string;
  chat: string;
  sender: string | null;
}

/**
 * What a session asks of its socket actor. The actor holds at most one connection; it carries commands out in order
 * and answers with {@link SocketEvent}s. It never throws for what happens on the wire.
 */
export type SocketCommand =
  /** Connect: log in with the stored credentials, or begin linking when there are none. */
  | { type: 'socket.open' }
  /** End the connection. Always answered by `socket.closed` with this reason, also when there is no connection. */
  | { type: 'socket.close'; reason: CloseReason }
  /** `typing`: show the recipient a typing indicator first. */
  | { type: 'socket.send'; waMessageId: string; to: string; content: OutboxRow['content']; typing: boolean }
  /** Answered by `socket.performed` with the same id, unless the connection ends before. */
  | { type: 'socket.perform'; requestId: string; action: LiveAction }
  | { type: 'socket.markRead'; message: ReadMark }
  /** Ask for a code that is typed on the phone with this number; answered by `socket.pairingCode`. */
  | { type: 'socket.requestPairingCode'; phone: string }
  /** Remove this device from the WhatsApp account; followed by `socket.closed` with reason `logged_out`. */
  | { type: 'socket.unlink' };

/** What is to be recorded and told to readers; the session itself takes no other notice of it. */
export type InboundEvent =
  /** A QR code to scan; a new one replaces it at `expiresAt` (epoch milliseconds). */
  | { type: 'socket.qr'; code: string; expiresAt: number }
  | { type: 'socket.pairingCode'; code: string; expiresAt: number }
  | { type: 'socket.receipt'; receipts: readonly Receipt[] }
  | { type: 'socket.received'; message: ReceivedMessage }
  /** Somebody voted in a poll: `options` are all that are chosen now. */
  | { type: 'socket.voted'; poll: string; chat: string; voter: string; options: readonly string[]; timestamp: number }
  /** A group as it is now, seen for the first time or changed. */
  | { type: 'socket.group'; group: Group };

/**
 * What a socket actor tells. Each `socket.open` is followed by exactly one `socket.closed`, and nothing of a
 * connection is told after its `socket.closed`.
 */
export type SocketEvent =
  | InboundEvent
  /** A phone has linked this device. The credentials are durable; WhatsApp asks for a restart next. */
  | { type: 'socket.paired'; account: Account }
  /** Logged in: sends are possible. */
  | { type: 'socket.opened'; account: Account }
  /** What WhatsApp had kept for this number while it was away has all been told. */
  | { type: 'socket.caughtUp' }
  /** WhatsApp's server has the message; `timestamp` is its own clock in epoch milliseconds. */
  | { type: 'socket.acknowledged'; waMessageId: string; timestamp: number }
  /** The message was certainly not taken, with WhatsApp's code or one of ours (`recipient_unknown`). */
  | { type: 'socket.refused'; waMessageId: string; code: string }
  | { type: 'socket.performed'; requestId: string; outcome: Outcome<ActionResult> }
  /** `banMs`: for how long WhatsApp has banned the number, when it says so. */
  | { type: 'socket.closed'; reason: CloseReason; banMs?: number };

/** Why a connection ended. Stable codes: they are shown to callers and counted in metrics. */
export type CloseReason =
  | 'restart_required'
  | 'connection_lost'
  | 'connection_closed'
  | 'server_error'
  | 'service_unavailable'
  | 'connect_failed'
  | 'connect_timeout'
  | 'ack_timeout'
  | 'qr_expired'
  | 'pairing_refused'
  | 'store_unavailable'
  | 'crashed'
  | 'stopped'
  | 'logged_out'
  | 'locked'
  | 'banned'
  | 'replaced'
  | 'client_outdated'
  | 'multi_device_mismatch'
  | 'credentials_unreadable'
  | 'temporarily_banned';
