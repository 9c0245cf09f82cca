import { createSecretKey } from 'node:crypto';
import * as v from 'valibot';

/** A key of 256 bits in text: 64 hex digits, or base64 of either alphabet, padded or not. */
const pattern = /^(?:[0-9a-fA-F]{64}|[A-Za-z0-9+/_-]{43}=?)$/;

/** The master key, parsed into an object that does not show its bytes. */
export const MasterKeySchema = v.pipe(
  v.string(),
  v.trim(),
  v.regex(pattern, 'must be 32 bytes in hex or base64; openssl rand -hex 32 makes them'),
  v.transform((text) => createSecretKey(Buffer.from(text, text.length === 64 ? 'hex' : 'base64'))),
);
