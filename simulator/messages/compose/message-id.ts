import { randomBytes } from 'node:crypto';

const RANDOM_BYTES = 9;

/** An id such as WhatsApp's clients make for their messages: `3EB0` and upper-case hex. */
export function messageId(): string {
  return `3EB0${randomBytes(RANDOM_BYTES).toString('hex').toUpperCase()}`;
}
