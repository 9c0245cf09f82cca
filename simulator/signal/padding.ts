import { randomInt } from 'node:crypto';

const LARGEST_PADDING = 16;

/** WhatsApp hides the length of a message: it appends 1 to 16 bytes, each with their number as its value. */
export function pad(plaintext: Uint8Array): Buffer {
  const length = randomInt(1, LARGEST_PADDING + 1);
  return Buffer.concat([plaintext, Buffer.alloc(length, length)]);
}

export function unpad(padded: Buffer): Buffer {
  const length = padded.at(-1);
  if (length === undefined || length === 0 || length > padded.length)
    throw new Error('the padding of the message is invalid');
  return padded.subarray(0, padded.length - length);
}
