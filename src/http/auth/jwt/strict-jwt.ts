import * as v from 'valibot';
import { hasDuplicateKeys } from './duplicate-keys.ts';

/** Longer than any login token; checked before anything is decoded. */
const maxLength = 16 * 1024;

const shape = /^[\w-]+\.[\w-]+\.[\w-]+$/;

const HeaderSchema = v.looseObject({
  alg: v.string(),
  kid: v.optional(v.pipe(v.string(), v.maxLength(256))),
  /** RFC 8725, 3.11: what was minted for something else is not taken for a login. */
  typ: v.optional(v.pipe(v.string(), v.toLowerCase(), v.picklist(['jwt', 'at+jwt', 'application/at+jwt']))),
  /** A token that brings its own key, or says where to get it, proves nothing (RFC 8725, 3.10). */
  jku: v.optional(v.never()),
  jwk: v.optional(v.never()),
  x5u: v.optional(v.never()),
  x5c: v.optional(v.never()),
  /** Extensions that change the meaning of a token; we know none. */
  crit: v.optional(v.never()),
});

/**
 * Whether a token is a signed JWT that can be read in one way only: canonical base64url, each name once, and nothing in
 * its header that leads elsewhere. Says nothing yet about the signature.
 */
export function isStrictJwt(token: string): boolean {
  if (token.length > maxLength || !shape.test(token)) return false;
  const parts = token.split('.');
  if (!parts.every(isCanonical)) return false;
  const [header = '', payload = ''] = parts.map(textOf);
  return v.is(HeaderSchema, parse(header)) && isObject(parse(payload)) && ![header, payload].some(hasDuplicateKeys);
}

/** Unused bits at the end of a part would let one token be written in several ways. */
function isCanonical(part: string): boolean {
  return Buffer.from(part, 'base64url').toString('base64url') === part;
}

/** Empty when it is no text. */
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
