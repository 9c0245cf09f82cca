import type { Content } from '../../domain/message.ts';
import type { Account } from '../../domain/session.ts';

/**
 * What a session asks of its socket actor. The actor holds at most one connection; it carries commands out in order
 * and answers with {@link SocketFact}s. It never throws for what happens on the wire.
 */
export type SocketCommand =
  /** Connect: log in with the stored credentials, or begin linking when there are none. */
  | { type: 'socket.open' }
  /** End the connection. Always answered by `socket.closed` with this reason, also when there is no connection. */
  | { type: 'socket.close'; reason: CloseReason }
  | { type: 'socket.send'; waMessageId: string; to: string; content: Content }
  /** Ask for a code that is typed on the phone with this number; answered by `socket.pairingCode`. */
  | { type: 'socket.requestPairingCode'; phone: string }
  /** Remove this device from the WhatsApp account; followed by `socket.closed` with reason `logged_out`. */
  | { type: 'socket.unlink' };

/**
 * What a socket actor tells. Each `socket.open` is followed by exactly one `socket.closed`, and nothing of a
 * connection is told after its `socket.closed`.
 */
export type SocketFact =
  /** A QR code to scan; a new one replaces it at `expiresAt` (epoch milliseconds). */
  | { type: 'socket.qr'; code: string; expiresAt: number }
  | { type: 'socket.pairingCode'; code: string; expiresAt: number }
  /** A phone has linked this device. The credentials are durable; WhatsApp asks for a restart next. */
  | { type: 'socket.paired'; account: Account }
  /** Logged in: sends are possible. */
  | { type: 'socket.opened'; account: Account }
  /** WhatsApp's server has the message; `timestamp` is its own clock in epoch milliseconds. */
  | { type: 'socket.acknowledged'; waMessageId: string; timestamp: number }
  /** The message was certainly not taken, with WhatsApp's code or one of ours (`recipient_unknown`). */
  | { type: 'socket.refused'; waMessageId: string; code: string }
  | { type: 'socket.closed'; reason: CloseReason };

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
  | 'temporarily_banned';
