import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** The parts of an api key: its id may be shown, its secret may not. */
export interface ApiKeyToken {
  id: string;
  secret: string;
}

/** 256 random bits, so one fast hash is enough: they cannot be guessed. */
export function newSecret(): string {
  return randomBytes(32).toString('hex');
}

/** The whole key: `wa_`, its id, `_`, its secret, and a checksum that detects typing errors. */
export function format({ id, secret }: ApiKeyToken): string {
  return `wa_${id}_${secret}${checksum(`${id}${secret}`)}`;
}

/** Null for a malformed token. */
export function parse(token: string): ApiKeyToken | null {
  const match = /^wa_([0-9A-Z]{26})_([0-9a-f]{64})([0-9a-f]{8})$/.exec(token);
  const [, id, secret, check] = match ?? [];
  if (id === undefined || secret === undefined || check !== checksum(`${id}${secret}`)) return null;
  return { id, secret };
}

/** The stored form of a secret (base64url), which is useless without the pepper. */
export function macOf(secret: string, pepper: Uint8Array): string {
  return createHmac('sha256', pepper).update(secret).digest('base64url');
}

/** Compares in constant time. */
export function isSameMac(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}
