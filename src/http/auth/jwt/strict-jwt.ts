import * as v from 'valibot';
import { hasDuplicateKeys } from './duplicate-keys.ts';

/** Longer than any login token; checked before anything is decoded. */
const maxLength = 16 * 1024;

const shape = /^[\w-]+\.[\w-]+\.[\w-]+$/;

const HeaderSchema = v.looseObject({
  alg: v.string(),
  kid: v.optional(v.pipe(v.string(), v.maxLength(256))),
  /** RFC 8725, 3.11: a token of another type is not accepted as a login. */
  typ: v.optional(v.pipe(v.string(), v.toLowerCase(), v.picklist(['jwt', 'at+jwt', 'application/at+jwt']))),
  /** A token that contains or points to its own key proves nothing (RFC 8725, 3.10). */
  jku: v.optional(v.never()),
  jwk: v.optional(v.never()),
  x5u: v.optional(v.never()),
  x5c: v.optional(v.never()),
  /** Critical extensions; none is supported. */
  crit: v.optional(v.never()),
});

/**
 * Whether a token is a signed JWT with only one possible reading: canonical base64url, no duplicate keys, and no key
 * references in its header. Does not check the signature.
 */
export function isStrictJwt(token: string): boolean {
  if (token.length > maxLength || !shape.test(token)) return false;
  const parts = token.split('.');
  if (!parts.every(isCanonical)) return false;
  const [header = '', payload = ''] = parts.map(textOf);
  return v.is(HeaderSchema, parse(header)) && isObject(parse(payload)) && ![header, payload].some(hasDuplicateKeys);
}

/** Unused bits at the end of a part would allow several encodings of the same token. */
function isCanonical(part: string): boolean {
  return Buffer.from(part, 'base64url').toString('base64url') === part;
}

/** Empty when the bytes are not UTF-8. */
function textOf(part: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(part, 'base64url'));
  } catch {
    return '';
  }
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
