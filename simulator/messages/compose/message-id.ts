import { randomBytes } from 'node:crypto';

const RANDOM_BYTES = 9;

/** A message id in the form of WhatsApp's clients: `3EB0` and upper-case hex. */
export function messageId(): string {
  return `3EB0${randomBytes(RANDOM_BYTES).toString('hex').toUpperCase()}`;
}
