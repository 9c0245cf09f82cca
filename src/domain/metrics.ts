import type { ErrorCode } from './errors.ts';
import type { SendMode } from './outbox.ts';

/** How an accepted send can end: WhatsApp took it, refused it, never answered; or it did not go out for that reason. */
export const sendOutcomes = [
  'sent',
  'refused',
  'unknown',
  'expired',
  'cancelled',
  'account_changed',
  'encryption_failed',
  'recipient_unknown',
  'unsupported_content',
] as const;

export type SendOutcome = (typeof sendOutcomes)[number];

/** What a store is asked: `get` also of several entries, `read` of a log. */
export const storeOperations = ['get', 'list', 'read', 'commit'] as const;

export type StoreOperation = (typeof storeOperations)[number];

/** Why a session can have to try again. */
export const reconnectReasons = [
  'restart_required',
  'connection_lost',
  'connection_closed',
  'connect_failed',
  'connect_timeout',
  'server_error',
  'server_error_repeated',
  'service_unavailable',
  'ack_timeout',
  'store_unavailable',
  'crashed',
  'pairing_refused',
  'replaced',
  'client_outdated',
  'temporarily_banned',
] as const;

export const streamKinds = ['sse', 'websocket', 'inspect'] as const;

export type StreamKind = (typeof streamKinds)[number];

/** One request, when its connection is done with it. */
export interface CompletedRequest {
  /** The id of the route; null when none was found. */
  route: string | null;
  /** Null when the caller left before the answer began. */
  status: number | null;
  /** Null for what lasts as long as the caller likes. */
  ms: number | null;
}

/**
 * Takes note of what happens, for the operator. Never throws, and costs next to nothing. Whatever is handed in is one
 * of few words that are known beforehand, or a duration: nothing that names a person, an organization or a session.
 */
export interface Metrics {
  /** WhatsApp has acknowledged a send, so long after it was first handed to a socket. */
  acknowledged(ms: number): void;
  sendEnded(outcome: SendOutcome, mode: SendMode): void;
  /** A request to send was answered with an error. */
  sendRefused(code: ErrorCode): void;
  /** A request to send was answered with what came of an earlier one; `mismatch`: which was another one. */
  replayed(kind: 'replay' | 'mismatch'): void;
  /** A session has used up its rate limit. */
  rateLimitReached(): void;
  /** A queue waits for its share of the rate limit. */
  queueWaited(): void;
  /** A session has lost its connection, or could not make one, and tries again by itself. */
  reconnecting(reason: string): void;
  /** A message that came in could not be decrypted. */
  decryptFailure(): void;
  /** A device could not decrypt a message of ours and asks for it again. */
  retryReceipt(): void;
  stored(operation: StoreOperation, ms: number, result: 'done' | 'failed'): void;
  /** A stream of events was opened (1) or is over (-1). */
  streams(kind: StreamKind, change: 1 | -1): void;
  requestCompleted(request: CompletedRequest): void;
  /** A request was sent away unread: there was too much to do. */
  shed(): void;
}

const ignore = (): void => undefined;

/** For whoever does not want to know. */
export const noMetrics: Metrics = {
  acknowledged: ignore,
  sendEnded: ignore,
  sendRefused: ignore,
  replayed: ignore,
  rateLimitReached: ignore,
  queueWaited: ignore,
  reconnecting: ignore,
  decryptFailure: ignore,
  retryReceipt: ignore,
  stored: ignore,
  streams: ignore,
  requestCompleted: ignore,
  shed: ignore,
};
