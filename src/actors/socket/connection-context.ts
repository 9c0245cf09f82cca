import type { Logger } from 'pino';
import type { CloseReason, SocketEvent } from './port.ts';

/** Wraps a callback so that its exceptions are caught. */
export type Guarded = <A extends unknown[]>(run: (...args: A) => void) => (...args: A) => void;

/** What a connection offers to all that lives on its socket. */
export interface ConnectionContext {
  /** Reports an event, unless the connection has ended. */
  emit: (event: SocketEvent) => void;
  /** An exception ends the connection. */
  guarded: Guarded;
  /** Ends the connection because of an error. */
  fail: (reason: CloseReason, error: unknown) => void;
  /** Ends the connection because the store has failed. */
  failStored: (error: unknown) => void;
  /** Ends the connection in order. */
  close: (reason: CloseReason) => void;
  /** Aborted when the connection closes. */
  closing: AbortSignal;
  logger: Logger;
}
