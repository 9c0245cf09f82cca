import type { ErrorCode } from './errors.ts';
import type { SendMode } from './outbox.ts';

/** How an accepted send can end: acknowledged, refused or never answered by WhatsApp, or not sent for that reason. */
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
  'query_refused',
] as const;

export type SendOutcome = (typeof sendOutcomes)[number];

/** The operations of a store: `get` of one or several entries, `read` of a log. */
export const storeOperations = ['get', 'list', 'read', 'commit'] as const;

export type StoreOperation = (typeof storeOperations)[number];

/** Why a session reconnects. */
export const reconnectReasons = [
  'restart_required',
  'connection_lost',
  'connection_closed',
  'connect_failed',
  'connect_timeout',
  'server_error',
  'server_error_repeated',
  'service_unavailable',
  'stanza_unconfirmed',
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

/** A request that has ended. */
export interface CompletedRequest {
  /** The id of the route; null when none matched. */
  route: string | null;
  /** Null when the client disconnected before the response began. */
  status: number | null;
  /** Null for streams. */
  ms: number | null;
}

/**
 * Counts what happens, for the operator. Never throws, and costs next to nothing. Every argument is a duration or one of
 * a few known words; nothing names a person, an organization or a session.
 */
export interface Metrics {
  /** WhatsApp has acknowledged a send, `ms` after it was first handed to a socket. */
  acknowledged(ms: number): void;
  sendEnded(outcome: SendOutcome, mode: SendMode): void;
  /** A request to send was answered with an error. */
  sendRefused(code: ErrorCode): void;
  /** A request to send was answered with the result of an earlier one; `mismatch`: of a different one. */
  replayed(kind: 'replay' | 'mismatch'): void;
  /** A session has used up its rate limit. */
  rateLimitReached(): void;
  /** A queue waits for its share of the rate limit. */
  queueWaited(): void;
  /** A session has lost its connection or could not connect, and reconnects by itself. */
  reconnecting(reason: string): void;
  /** A received message could not be decrypted. */
  decryptFailure(): void;
  /** A device could not decrypt a message of ours and asks for it again. */
  retryReceipt(): void;
  stored(operation: StoreOperation, ms: number, result: 'done' | 'failed'): void;
  /** A stream was opened (1) or closed (-1). */
  streams(kind: StreamKind, change: 1 | -1): void;
  requestCompleted(request: CompletedRequest): void;
  /** A request was refused unread by load shedding. */
  shed(): void;
}

const ignore = (): void => undefined;

/** Metrics that are not collected. */
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
