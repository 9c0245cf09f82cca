import type { Refusal } from '../../domain/errors.ts';

/** The same for a session that does not exist and for one of another organization. */
export const sessionNotFound: Refusal = { code: 'not_found', message: 'session not found' };

/** The process is starting and has not come to this session, or it is being created or deleted right now. */
export const notHostedYet: Refusal = {
  code: 'unavailable',
  message: 'nothing was done: the session is not ready yet; try again shortly',
  details: { reason: 'session_starting' },
  retryAfterMs: 1_000,
};

/** The process is about to end; the sessions go on in the next one. */
export const shuttingDown: Refusal = {
  code: 'unavailable',
  message: 'nothing was done: the gateway is shutting down; try again shortly',
  details: { reason: 'shutting_down' },
  retryAfterMs: 2_000,
};
