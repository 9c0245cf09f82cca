import { done, type Outcome, type Quota, type Refusal, refused } from '../../domain/errors.ts';
import type { OutboxRow } from '../../domain/outbox.ts';
import type { SessionStatus } from '../../domain/session.ts';
import type { Answer } from './commands.ts';
import type { Inactive } from './policy/inactive-policy.ts';

/** The same for a session that does not exist and for one of another organization. */
export const sessionNotFound: Refusal = { code: 'not_found', message: 'session not found' };

/** The session has no actor yet: the process is starting, or the session is being created or deleted. */
export const notHostedYet: Refusal = {
  code: 'unavailable',
  message: 'nothing was done: the session is not ready yet; try again shortly',
  details: { reason: 'session_starting' },
  retryAfterMs: 1_000,
};

/** The process is shutting down; the sessions continue in the next one. */
export const shuttingDown: Refusal = {
  code: 'unavailable',
  message: 'nothing was done: the gateway is shutting down; try again shortly',
  details: { reason: 'shutting_down' },
  retryAfterMs: 2_000,
};

/**
 * The answer to a live action on a session that is not connected; no other function decides it. `passing` means that the
 * session will connect by itself, so that a retry makes sense.
 */
export function notConnected(status: SessionStatus): Refusal {
  const passing = status === 'connecting' || status === 'draining';
  return {
    code: 'not_implemented',
    message: passing
      ? 'the session is not connected at the moment; try again shortly'
      : 'the session is not connected: link and start it first',
    details: { reason: 'session_not_connected', status },
    ...(passing && { retryAfterMs: 5_000 }),
  };
}

/** The answer to a live action on an inactive session, at the time `now`. */
export function whileInactive({ status, reason, retryAt }: Inactive, now: number): Refusal {
  const retryAfterMs = retryAt === null ? undefined : Math.max(1, retryAt - now);
  const refusal = reason === 'temporarily_banned' ? banned : notConnected(status);
  return { ...refusal, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}

/** The answer to requests that wait for a session that becomes inactive. */
export function ending(inactive: Inactive | null, now: number): Refusal {
  return inactive?.status === 'failed' ? whileInactive(inactive, now) : notConnected('draining');
}

const banned: Refusal = {
  code: 'unavailable',
  message: 'nothing was done: WhatsApp has banned the number for a time; async sends are queued meanwhile',
  details: { reason: 'temporarily_banned' },
};

/** The send could not begin before its deadline although the session was connected; it is never sent. */
export const notDispatched: Refusal = {
  code: 'unavailable',
  message: 'the message was not sent: other sends of this session did not finish in time',
  details: { reason: 'not_dispatched' },
  retryAfterMs: 5_000,
};

/** The session has disconnected, but its inactive state could not be stored yet; that is retried. */
export const inactiveUnrecorded: Refusal = {
  code: 'unavailable',
  message: 'the session is disconnected, but that could not be stored yet; it is retried automatically',
  details: { reason: 'store_unavailable' },
  retryAfterMs: 5_000,
};

/** WhatsApp refused, or did not answer, a query that a synchronous send needs first. */
const queryRefused: Refusal = {
  code: 'unavailable',
  message: 'the message was not sent: WhatsApp did not answer what has to be asked first; try again shortly',
  details: { reason: 'query_refused' },
  retryAfterMs: 5_000,
};

export const tooManyWaiting: Refusal = {
  code: 'queue_full',
  message: 'too many sends are waiting for this session; try again shortly',
  retryAfterMs: 5_000,
};

export const tooManyActions: Refusal = {
  code: 'queue_full',
  message: 'too many requests are waiting for this session; try again shortly',
  retryAfterMs: 5_000,
};

/** The outcome is unknown: the send may still be acknowledged, and is resent under the same id only. */
export function unacknowledged(row: OutboxRow): Refusal {
  return {
    code: 'timeout',
    message: 'WhatsApp did not acknowledge in time; the outcome is not known yet',
    details: { outboxId: row.id, waMessageId: row.waMessageId },
  };
}

/** The answer to a settled send. */
export function outcomeOf(row: OutboxRow): Outcome<Answer> {
  if (row.error === null) return done({ kind: 'sent', row });
  if (row.error.code === 'unknown_outcome') return refused(unacknowledged(row));
  if (row.error.code === 'query_refused') return refused(queryRefused);
  const details = { outboxId: row.id, waMessageId: row.waMessageId, whatsappCode: row.error.code };
  return refused({ code: 'upstream_error', message: row.error.message, details });
}

/** The refusal of a send for which there is no token; `at` is when it was accepted, in epoch milliseconds. */
export function overLimit({ until, refusal }: { until: number; refusal: Refusal }, at: number): Refusal {
  const retryAfterMs = Math.max(1, until - at);
  return { ...refusal, retryAfterMs, details: { ...refusal.details, retryAfterMs } };
}

/** The refusal of sends while one of the buckets is empty; {@link overLimit} says until when. */
export function rateLimited(window: 'minute' | 'hour', quota: Quota): Refusal {
  return {
    code: 'rate_limited',
    message: `the session's limit of ${quota.limit} sends in ${window === 'minute' ? 'a minute' : 'an hour'} is reached`,
    details: { limit: quota.limit, window },
    quota,
  };
}

/** No new chats may be begun. `kind`: what WhatsApp restricts, or that it has refused the last one. */
export function restricted(kind: string): Refusal {
  return {
    code: 'unavailable',
    message: 'the message was not sent: WhatsApp lets the number begin no new chats at the moment',
    details: { reason: 'restricted', kind },
  };
}

/** The connection was lost while a live action was running. */
export const interrupted: Refusal = {
  code: 'unavailable',
  message: 'the connection to WhatsApp was lost before it answered; whether it did what was asked is not known',
  details: { reason: 'connection_lost' },
  retryAfterMs: 2_000,
};

export const noAnswer: Refusal = {
  code: 'timeout',
  message: 'WhatsApp did not answer in time; whether it did what was asked is not known',
};

export const alreadyLinked: Refusal = {
  code: 'conflict',
  message: 'the session is linked to a number already: log it out first',
  details: { reason: 'already_linked' },
};

export const alreadyLinkedForCode: Refusal = {
  code: 'validation_error',
  message: 'the session is linked to a number already: log it out first',
  details: { reason: 'already_linked' },
};

export const noQrYet: Refusal = {
  code: 'not_found',
  message: 'no QR code yet: linking has begun, ask again in a second',
  details: { reason: 'qr_not_ready' },
  retryAfterMs: 1_000,
};

/** A further code would be of no use: the phone that accepted one is waited for. */
export const passkeyRequired: Refusal = {
  code: 'conflict',
  message: 'a phone has accepted a code, and WhatsApp asks for its passkey: stop the session to link another number',
  details: { reason: 'passkey_required' },
};

export const noPasskeyAsked: Refusal = {
  code: 'conflict',
  message: 'WhatsApp asks for no passkey: one is asked for, if at all, after a phone has accepted a code',
  details: { reason: 'passkey_not_requested' },
};

/** The passkey is at another stage, or another request is being answered. */
export const passkeyElsewhere: Refusal = {
  code: 'conflict',
  message: 'WhatsApp does not wait for this now: get the passkey to see its stage',
  details: { reason: 'passkey_stage' },
  retryAfterMs: 1_000,
};

export const noPairingCode: Refusal = {
  code: 'timeout',
  message: 'WhatsApp gave no pairing code in time; try again',
  details: { reason: 'pairing_code_not_ready' },
};

export const pairingCodePending: Refusal = {
  code: 'conflict',
  message: 'another pairing code is being asked for; try again shortly',
  details: { reason: 'pairing_code_pending' },
  retryAfterMs: 2_000,
};

/** The session is between two states; the request can be repeated in a moment. */
export const busy: Refusal = {
  code: 'conflict',
  message: 'the session is being started or stopped right now; try again shortly',
  details: { reason: 'session_busy' },
  retryAfterMs: 2_000,
};
