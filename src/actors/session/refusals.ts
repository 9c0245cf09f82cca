import { done, type Outcome, type Quota, type Refusal, refused } from '../../domain/errors.ts';
import type { OutboxRow } from '../../domain/outbox.ts';
import type { SessionStatus } from '../../domain/session.ts';
import type { Answer } from './commands.ts';
import type { Inactive } from './policy/inactive-policy.ts';

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

/**
 * The answer to a live action on a session that is not connected. This function alone decides it. `passing` says
 * that the session is on its way back by itself, so that trying again makes sense.
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

/** The answer to a live action on a session that rests at the time `now`. */
export function inactive({ status, reason, retryAt }: Inactive, now: number): Refusal {
  const retryAfterMs = retryAt === null ? undefined : Math.max(1, retryAt - now);
  const refusal = reason === 'temporarily_banned' ? banned : notConnected(status);
  return { ...refusal, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}

/** The answer to whoever waited for a session that is on its way to rest. */
export function ending(rest: Inactive | null, now: number): Refusal {
  return rest?.status === 'failed' ? inactive(rest, now) : notConnected('draining');
}

const banned: Refusal = {
  code: 'unavailable',
  message: 'nothing was done: WhatsApp has banned the number for a time; async sends are queued meanwhile',
  details: { reason: 'temporarily_banned' },
};

/** A send that could not begin before its deadline although the session was connected; it will not happen. */
export const notDispatched: Refusal = {
  code: 'unavailable',
  message: 'the message was not sent: other sends of this session did not finish in time',
  details: { reason: 'not_dispatched' },
  retryAfterMs: 5_000,
};

/** The session has disconnected, but where it rests could not be stored yet; that is tried again by itself. */
export const inactiveUnrecorded: Refusal = {
  code: 'unavailable',
  message: 'the session is disconnected, but the store cannot be written at the moment to keep it so',
  details: { reason: 'store_unavailable' },
  retryAfterMs: 5_000,
};

/** Too many sends wait for this session already. */
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

/** The outcome is unknown: the send may still be acknowledged, and will be resent only under the same id. */
export function unacknowledged(row: OutboxRow): Refusal {
  return {
    code: 'timeout',
    message: 'WhatsApp did not acknowledge in time; the outcome is not known yet',
    details: { outboxId: row.id, waMessageId: row.waMessageId },
  };
}

/** The answer to a send whose result is recorded. */
export function outcomeOf(row: OutboxRow): Outcome<Answer> {
  if (row.error === null) return done({ kind: 'sent', row });
  if (row.error.code === 'unknown_outcome') return refused(unacknowledged(row));
  const details = { outboxId: row.id, waMessageId: row.waMessageId, whatsappCode: row.error.code };
  return refused({ code: 'upstream_error', message: row.error.message, details });
}

/** Sentences for the codes of failed sends that are ours; the others are WhatsApp's own. */
const failures: Record<string, string> = {
  unknown_outcome: 'WhatsApp never acknowledged the message; whether it arrived is not known',
  expired: 'the message waited too long to be sent',
  account_changed: 'the session was linked to another number before the message was sent',
  cancelled: 'the message was cancelled before it was sent',
  encryption_failed: 'the message could not be encrypted for the recipient',
  recipient_unknown: 'the recipient has no device on WhatsApp',
  unsupported_content: 'this release of the gateway cannot send messages of this kind',
};

export function failureMessage(code: string): string {
  return failures[code] ?? `WhatsApp refused the message with code ${code}`;
}

/** A send that came when there was no token; `at` is when it was accepted, in epoch milliseconds. */
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

/** The connection was lost while WhatsApp was being asked. */
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

/** The session is on its way from one state to another; what was asked can be asked again in a moment. */
export const busy: Refusal = {
  code: 'conflict',
  message: 'the session is being started or stopped right now; try again shortly',
  details: { reason: 'session_busy' },
  retryAfterMs: 2_000,
};
