import { randomBytes, randomFillSync } from 'node:crypto';
import { decodeTime, encodeTime, monotonicFactory } from 'ulid';

const pool = new Uint32Array(256);
let used = pool.length;

/** In [0, 1). From a pool, as a ULID takes sixteen numbers and a system call for each would dominate its cost. */
function random(): number {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const drawn = pool[used] ?? 0;
  used += 1;
  return drawn / 2 ** 32;
}

const nextUlid = monotonicFactory(random);

/** A new session id: a ULID, so that a list sorted by id is sorted by age. */
export function newSessionId(): string {
  return nextUlid();
}

/** A new outbox id: a ULID, in the order of acceptance. */
export function newOutboxId(): string {
  return nextUlid();
}

/** A new id for one WhatsApp identity of a session. */
export function newCredentialsId(): string {
  return nextUlid();
}

/** A new api key id, the part of the key that may be shown. */
export function newApiKeyId(): string {
  return nextUlid();
}

/** A new id for one request, shown to the caller and written to the log. */
export function newRequestId(): string {
  return nextUlid();
}

/**
 * A new WhatsApp message id, in the form that WhatsApp Web makes: `3EB0` and 18 hex digits.
 * It is chosen when a send is accepted and never changes, which makes a resend recognisable.
 */
export function newWaMessageId(): string {
  return `3EB0${randomBytes(9).toString('hex').toUpperCase()}`;
}

/** The lowest ULID of a time in epoch milliseconds. */
export function firstUlidOf(time: number): string {
  return `${encodeTime(time, 10)}${'0'.repeat(16)}`;
}

/** When a ULID was made, in epoch milliseconds. */
export function timeOfUlid(ulid: string): number {
  return decodeTime(ulid);
}
